SELECT ledger.settle_alone(
    %(event_id)s, %(kind)s, %(task_id)s, %(run_id)s, %(team)s, %(agent)s, %(actor)s, %(model_source)s,
    %(happened_at)s, %(cost_usd)s, %(body)s, %(intent_id)s
)
