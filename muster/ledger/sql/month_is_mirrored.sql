-- Whether every sealed event recorded before the end of `month` is in a mirror file.
SELECT coalesce((
    SELECT max(event.seq) FROM ledger.events AS event
    WHERE event.recorded_at < (%(month)s::date + interval '1 month')::timestamp AT TIME ZONE 'UTC'
), 0) <= coalesce((SELECT max(file.last_seq) FROM ledger.mirror_files AS file), 0) AS mirrored
