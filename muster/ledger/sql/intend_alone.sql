SELECT ledger.intend_alone(
    %(event_id)s, %(kind)s, %(task_id)s, %(run_id)s, %(team)s, %(agent)s, %(actor)s, %(model_source)s,
    %(happened_at)s, %(body)s, %(call_id)s, %(reserve_usd)s, %(expires_seconds)s, %(draws)s::jsonb
)
