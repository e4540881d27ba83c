-- Acts on leased tasks, then new leases, in one transaction: who ends a task and wants another one pays one commit.
-- `place` is that of an act, or of a request for leases.
SELECT 'act' AS of, act.place::integer AS place, act.held, act.run_id, NULL AS task_id, NULL AS source,
    NULL AS external_id, NULL AS channel, NULL::smallint AS priority, NULL AS title, NULL::jsonb AS content,
    NULL AS transaction_type, NULL::integer AS attempts, NULL::timestamptz AS lease_until,
    NULL::timestamptz AS created_at
FROM ledger.work(%(acts)s::jsonb) WITH ORDINALITY AS act (held, run_id, place)
UNION ALL
SELECT 'lease', request.place, NULL, leased.run_id, leased.task_id, leased.source, leased.external_id, leased.channel,
    leased.priority, leased.title, leased.content, leased.transaction_type, leased.attempts, leased.lease_until,
    leased.created_at
FROM jsonb_to_recordset(%(requests)s::jsonb) AS request (
    place integer, team text, worker text, most integer, lease_seconds double precision, happened_at timestamptz,
    event_ids text[]
)
CROSS JOIN LATERAL ledger.lease_tasks(
    request.team, request.worker, request.most, request.lease_seconds, request.happened_at, request.event_ids
) AS leased;
