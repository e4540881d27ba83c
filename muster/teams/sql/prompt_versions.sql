-- Where no general prompt was ever put in force, the newest one from the files is.
SELECT prompt.agent, prompt.transaction_type, prompt.version, prompt.sha256, length(prompt.text) AS characters,
    prompt.origin, prompt.created_at,
    CASE
        WHEN active.version = prompt.version THEN active.activated_at
        WHEN active.agent IS NULL AND prompt.transaction_type = ''
            AND prompt.version = max(prompt.version) FILTER (WHERE prompt.origin = 'files')
                OVER (PARTITION BY prompt.agent, prompt.transaction_type) THEN prompt.created_at
    END AS activated_at,
    CASE WHEN active.version = prompt.version THEN active.previous_version END AS previous_version
FROM state.prompt_versions AS prompt
LEFT JOIN state.active_prompts AS active
    ON active.agent = prompt.agent AND active.transaction_type = prompt.transaction_type
WHERE %(who)s = '' OR prompt.agent = %(who)s OR starts_with(prompt.agent, %(who)s || '/')
ORDER BY prompt.agent, prompt.transaction_type, prompt.version DESC
