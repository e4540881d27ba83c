COPY ledger.events (
    event_id, kind, task_id, run_id, run_seq, team, agent, actor, model_source, happened_at, cost_usd, body, chain_sha256
) FROM STDIN (FORMAT binary)
