-- What is sealed of the next events, 80 bytes each, one after the other (muster/ledger/leaf.py says what they are).
SELECT string_agg(next.entry, ''::bytea) AS entries
FROM (
    SELECT int8send(seq) || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint)
        || sha256(convert_to(body, 'UTF8')) || coalesce(chain_sha256, decode(repeat('00', 32), 'hex')) AS entry
    FROM ledger.events
    WHERE seq > %(after)s AND seq <= %(up_to)s
    ORDER BY seq
    LIMIT %(most)s
) AS next
