-- Where the record stands: what is sealed and what is not yet, what was begun and not settled, what is copied.
-- Events are counted from the newest seal on; those under it are as many as its tree has leaves.
WITH newest AS (
    SELECT tree_size, last_seq, root_sha256, key_id, checkpoint, sealed_at FROM ledger.seals
    ORDER BY tree_size DESC LIMIT 1
),
late AS (
    SELECT count(*) AS events, min(event.recorded_at) AS since FROM ledger.events AS event
    WHERE event.seq > coalesce((SELECT last_seq FROM newest), 0)
),
held AS (
    SELECT count(*) AS intents, count(*) FILTER (WHERE expires_at <= clock_timestamp()) AS lost,
        min(intended_at) AS since, coalesce(sum(reserved_usd), 0) AS reserved_usd
    FROM ledger.open_intents WHERE abandoned_at IS NULL
)
SELECT
    coalesce((SELECT tree_size FROM newest), 0) AS sealed,
    (SELECT count(*) FROM ledger.seals) AS seals,
    (SELECT sealed_at FROM newest) AS sealed_at,
    (SELECT encode(root_sha256, 'hex') FROM newest) AS root_sha256,
    (SELECT key_id FROM newest) AS key_id,
    (SELECT checkpoint FROM newest) AS checkpoint,
    late.events AS unsealed,
    late.since AS unsealed_since,
    held.intents AS open_intents,
    held.lost AS lost_intents,
    held.since AS intents_since,
    held.reserved_usd,
    (SELECT coalesce(max(end_index), 0) FROM ledger.mirror_files) AS mirrored,
    (SELECT count(*) FROM ledger.timestamps) AS stamps,
    (SELECT max(stamped_at) FROM ledger.timestamps) AS stamped_at
FROM late, held
