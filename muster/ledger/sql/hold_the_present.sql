-- Nobody writes until the transaction ends; readers go on.
SET LOCAL lock_timeout = '10s';
LOCK TABLE ledger.events, ledger.open_intents, ledger.run_heads, state.teams, state.team_versions,
    state.prompt_versions, state.agents, state.tool_registry, state.tasks, state.quarantine, state.escalations,
    state.budgets IN SHARE ROW EXCLUSIVE MODE
