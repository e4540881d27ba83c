INSERT INTO state.agent_phases (agent, phase, cause, reason, evidence, since)
VALUES (%(agent)s, %(phase)s, %(cause)s, %(reason)s, %(evidence)s, %(now)s)
ON CONFLICT (agent) DO UPDATE SET
    phase = excluded.phase,
    cause = excluded.cause,
    reason = excluded.reason,
    evidence = excluded.evidence,
    since = excluded.since
