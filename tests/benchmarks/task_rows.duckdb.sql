-- What `muster.analysis.tasks.task_rows` makes of event files, as DuckDB is best asked for it.
WITH mine AS (
    SELECT * FROM read_parquet(getvariable('files')) WHERE task_id IS NOT NULL
), runs AS (
    SELECT task_id, run_id,
        (epoch_us(coalesce(max_by(happened_at, seq) FILTER (kind = 'run.ended'), max(happened_at)))
            - epoch_us(min_by(happened_at, seq) FILTER (kind = 'run.started'))) // 1000 AS worked_ms
    FROM mine
    WHERE run_id IS NOT NULL AND kind <> 'outcome.scored'
    GROUP BY task_id, run_id
), times AS (
    SELECT task_id, sum(worked_ms)::bigint AS agent_ms FROM runs GROUP BY task_id
), facts AS (
    SELECT task_id,
        min(seq) AS first_seq,
        min_by(team, seq) FILTER (team IS NOT NULL) AS team,
        min_by(title, seq) FILTER (kind = 'task.queued') AS title,
        min_by(subject, seq) FILTER (kind = 'task.queued') AS channel,
        min_by(priority, seq) FILTER (kind = 'task.queued') AS priority,
        min(model_source) AS source,
        max(model_source) AS other_source,
        max_by(agent, seq) FILTER (kind = 'model_call.settled' AND agent IS NOT NULL) AS agent,
        max_by(status, seq) FILTER (kind = 'task.ended') AS status,
        max_by(reason, seq) FILTER (kind = 'escalation.raised') AS escalation_reason,
        min_by(happened_at, seq) FILTER (kind = 'task.queued') AS queued_at,
        min_by(happened_at, seq) FILTER (kind = 'run.started') AS started_at,
        max_by(happened_at, seq) FILTER (kind = 'task.ended') AS ended_at,
        max_by(confidence, seq) FILTER (kind = 'run.ended') AS confidence,
        max_by(status, seq) FILTER (kind = 'outcome.scored') AS truth,
        max_by(reason, seq) FILTER (kind = 'outcome.scored') AS mistake,
        count(*) FILTER (kind = 'model_call.settled') AS model_calls,
        count(*) FILTER (kind = 'tool_call.settled') AS tool_calls,
        count(*) FILTER (kind = 'tool_call.refused') AS refused_calls,
        count(*) FILTER (kind = 'handoff.made') AS handoffs,
        count(*) FILTER (kind = 'escalation.raised') AS escalations,
        sum(input_tokens) FILTER (kind = 'model_call.settled') AS input_tokens,
        sum(output_tokens) FILTER (kind = 'model_call.settled') AS output_tokens,
        sum(cache_read_tokens) FILTER (kind = 'model_call.settled') AS cache_read_tokens,
        sum(cache_write_tokens) FILTER (kind = 'model_call.settled') AS cache_write_tokens,
        sum(cost_usd) FILTER (kind = 'model_call.settled') AS model_cost_usd,
        sum(cost_usd) FILTER (kind = 'tool_call.settled') AS tool_cost_usd
    FROM mine
    GROUP BY task_id
)
SELECT facts.*, coalesce(times.agent_ms, 0) AS agent_ms,
    (epoch_us(facts.ended_at) - epoch_us(facts.queued_at)) // 1000 AS total_ms
FROM facts
LEFT JOIN times USING (task_id)
ORDER BY first_seq
