INSERT INTO state.active_prompts (agent, transaction_type, version, previous_version, activated_at)
VALUES (%(agent)s, %(transaction_type)s, %(version)s, %(previous_version)s, %(activated_at)s)
ON CONFLICT (agent, transaction_type) DO UPDATE SET
    version = excluded.version, previous_version = excluded.previous_version, activated_at = excluded.activated_at
