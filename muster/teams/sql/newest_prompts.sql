SELECT DISTINCT ON (agent) agent, version, text
FROM state.prompt_versions
WHERE starts_with(agent, %(team)s || '/')
ORDER BY agent, version DESC
