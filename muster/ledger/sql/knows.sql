-- A team that is deployed, an agent that a version of one has, or an outside client.
SELECT 1 AS known
FROM state.team_versions
WHERE team = split_part(%(who)s, '/', 1)
    AND (strpos(%(who)s, '/') = 0 OR manifest -> 'agents' @> jsonb_build_array(jsonb_build_object('name', split_part(%(who)s, '/', 2))))
UNION ALL
SELECT 1 AS known FROM state.clients WHERE 'client/' || client = %(who)s
LIMIT 1
