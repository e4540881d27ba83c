-- What was put in force; where no general prompt ever was, the newest one from the files.
SELECT agent, transaction_type, version
FROM state.active_prompts
WHERE starts_with(agent, %(team)s || '/')
UNION ALL
SELECT agent, transaction_type, max(version)
FROM state.prompt_versions AS prompt
WHERE starts_with(agent, %(team)s || '/') AND transaction_type = '' AND origin = 'files'
    AND NOT EXISTS (
        SELECT FROM state.active_prompts AS active
        WHERE active.agent = prompt.agent AND active.transaction_type = prompt.transaction_type
    )
GROUP BY agent, transaction_type
