-- Every agent that asked a model for one of the team's latest ended tasks, and what befell it there.
WITH ended AS MATERIALIZED (
    SELECT task_id, status, ended_at
    FROM state.tasks
    WHERE team = %(team)s AND ended_at IS NOT NULL AND status IN ('completed', 'escalated', 'failed')
    ORDER BY ended_at DESC
    LIMIT %(most)s
)
SELECT
    ended.task_id,
    ended.status,
    ended.ended_at,
    work.agent,
    work.began_at,
    work.is_real,
    work.errors,
    work.denials,
    work.held,
    work.escalations,
    work.uncertain,
    work.acts,
    coalesce(work.breach_events, '{}') AS breach_events,
    verdict.event_id AS scored_event,
    (verdict.payload ->> 'correct')::boolean AS correct,
    coalesce(verdict.payload -> 'mistakes', '[]') AS mistakes
FROM ended
CROSS JOIN LATERAL (
    SELECT
        step.agent,
        min(step.happened_at) FILTER (WHERE step.kind = 'model_call.intended') AS began_at,
        bool_and(step.model_source IS NOT NULL AND step.model_source <> 'rehearsal')
            FILTER (WHERE step.kind = 'model_call.intended') AS is_real,
        count(*) FILTER (
            WHERE step.kind IN ('answer.rejected', 'intent.abandoned')
                OR step.kind = 'model_call.settled' AND step.payload ->> 'status' = 'error'
                OR step.kind = 'tool_call.settled' AND step.payload ->> 'status' <> 'ok'
        ) AS errors,
        count(*) FILTER (WHERE step.is_denial) AS denials,
        count(*) FILTER (
            WHERE step.kind = 'tool_call.refused' AND step.payload ->> 'verdict' = 'needs_approval'
        ) AS held,
        count(*) FILTER (WHERE step.kind = 'escalation.raised') AS escalations,
        count(*) FILTER (WHERE step.is_uncertain) AS uncertain,
        count(*) FILTER (WHERE step.kind = 'tool_call.intended' AND step.payload ->> 'effect' <> 'read') AS acts,
        array_agg(step.event_id) FILTER (WHERE step.is_denial OR step.is_uncertain) AS breach_events
    FROM (
        SELECT
            event.event_id,
            event.kind,
            event.agent,
            event.model_source,
            event.happened_at,
            body.payload,
            event.kind = 'tool_call.refused' AND body.payload ->> 'verdict' = 'deny'
                AND NOT body.payload ->> 'rule' = ANY (%(not_policy)s) AS is_denial,
            event.kind = 'escalation.raised'
                AND body.payload ->> 'reason' = 'uncertain_side_effect' AS is_uncertain
        FROM ledger.events AS event
        -- a call that went well is long, and nothing in it is asked for; OFFSET has each body read once
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN event.kind IN ('model_call.intended', 'answer.rejected', 'intent.abandoned') THEN NULL
                WHEN event.kind = 'model_call.settled' AND event.body NOT LIKE '%%"status":"error"%%' THEN NULL
                WHEN event.kind = 'tool_call.settled' AND event.body LIKE '%%"status":"ok"%%' THEN NULL
                ELSE event.body::jsonb -> 'payload'
            END AS payload
            OFFSET 0
        ) AS body
        WHERE event.task_id = ended.task_id
            AND event.agent IS NOT NULL
            AND event.kind IN (
                'model_call.intended', 'model_call.settled', 'tool_call.intended', 'tool_call.settled',
                'tool_call.refused', 'answer.rejected', 'intent.abandoned', 'escalation.raised'
            )
    ) AS step
    GROUP BY step.agent
    HAVING count(*) FILTER (WHERE step.kind = 'model_call.intended') > 0
) AS work
LEFT JOIN LATERAL (
    -- a later verdict, say a person's, replaces an earlier one
    SELECT event.event_id, event.body::jsonb -> 'payload' AS payload
    FROM ledger.events AS event
    WHERE event.task_id = ended.task_id AND event.kind = 'outcome.scored'
    ORDER BY event.seq DESC
    LIMIT 1
) AS verdict ON true
ORDER BY ended.ended_at DESC, ended.task_id, work.agent
