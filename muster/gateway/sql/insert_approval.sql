INSERT INTO state.approvals (
    approval_id, call_id, call_sha256, task_id, run_id, team, agent, tool, arguments, rules, reasons,
    origins, summary, amount, currency, status, requested_at, expires_at
) VALUES (
    %(approval_id)s, %(call_id)s, %(call_sha256)s, %(task_id)s, %(run_id)s, %(team)s, %(agent)s, %(tool)s, %(arguments)s,
    %(rules)s, %(reasons)s, %(origins)s, %(summary)s, %(amount)s, %(currency)s, 'open', %(now)s, %(expires_at)s
)
