SELECT seq, int8send(seq) || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint)
    || sha256(convert_to(body, 'UTF8')) || coalesce(chain_sha256, decode(repeat('00', 32), 'hex')) AS entry, body
FROM ledger.events
WHERE event_id = %(event_id)s
ORDER BY seq
LIMIT 1
