-- The table the newest recorded call was made by: not always the newest version, because a change may be taken back.
SELECT policy.text
FROM (
    SELECT event.body::jsonb -> 'payload' ->> 'policy' AS label
    FROM ledger.events AS event
    WHERE event.kind = 'model_call.intended'
    ORDER BY event.seq DESC
    LIMIT 1
) AS call
INNER JOIN state.policy_versions AS policy
    ON policy.name = split_part(call.label, '@', 1) AND policy.version = split_part(call.label, '@', 2)::integer
