SELECT ledger.intend(
    %(event_id)s, %(kind)s, %(task_id)s, %(run_id)s, %(team)s, %(agent)s, %(actor)s, %(model_source)s,
    %(happened_at)s, %(body)s, %(call_id)s, %(reserve_usd)s, %(scopes)s, %(limits_usd)s
)
