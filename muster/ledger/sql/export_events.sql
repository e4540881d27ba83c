SELECT seq, (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_at_us, run_seq, chain_sha256,
    convert_to(body, 'UTF8') AS body
FROM ledger.events
ORDER BY seq
