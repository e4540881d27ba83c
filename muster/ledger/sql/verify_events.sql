SELECT seq, (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_at_us, run_seq, chain_sha256,
    convert_to(body, 'UTF8') AS body, event_id, kind, task_id, run_id, team, agent, actor, model_source,
    to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS happened_at, cost_usd::text AS cost_usd
FROM ledger.events
ORDER BY seq
