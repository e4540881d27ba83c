-- What `muster.analysis.tasks.task_rows` makes of event files, as DuckDB is best asked for it.
WITH mine AS (
    SELECT * FROM read_parquet(getvariable('files')) WHERE task_id IS NOT NULL
), runs AS (
    SELECT task_id, run_id,
        coalesce(max_by(happened_at, seq) FILTER (kind = 'run.ended'), max(happened_at)) AS until,
        min_by(happened_at, seq) FILTER (kind = 'run.started') AS started,
        count(*) FILTER (kind = 'task.parked') AS times_parked,
        count(*) FILTER (kind = 'task.woken') AS times_woken,
        coalesce(sum(epoch_us(happened_at) // 1000) FILTER (kind = 'task.parked'), 0) AS parked,
        coalesce(sum(epoch_us(happened_at) // 1000) FILTER (kind = 'task.woken'), 0) AS woken,
        count(*) FILTER (kind = 'task.parked' AND starts_with(subject, 'apr_')) AS asked,
        count(*) FILTER (kind = 'task.woken' AND starts_with(subject, 'apr_')) AS heard,
        coalesce(sum(epoch_us(happened_at) // 1000) FILTER (kind = 'task.parked' AND starts_with(subject, 'apr_')), 0) AS asked_ms,
        coalesce(sum(epoch_us(happened_at) // 1000) FILTER (kind = 'task.woken' AND starts_with(subject, 'apr_')), 0) AS heard_ms
    FROM mine
    WHERE run_id IS NOT NULL AND kind <> 'outcome.scored'
    GROUP BY task_id, run_id
), times AS (
    SELECT task_id,
        sum(greatest(
            (epoch_us(until) - epoch_us(started)) // 1000
            - (woken + CASE WHEN times_parked > times_woken THEN epoch_us(until) // 1000 ELSE 0 END - parked), 0
        ))::bigint AS agent_ms,
        sum(asked) AS asked, sum(heard) AS heard, sum(asked_ms) AS asked_ms, sum(heard_ms) AS heard_ms
    FROM runs
    GROUP BY task_id
), facts AS (
    SELECT task_id,
        min(seq) AS first_seq, max(seq) AS last_seq,
        min_by(team, seq) FILTER (team IS NOT NULL) AS team,
        min_by(title, seq) FILTER (kind = 'task.queued') AS title,
        min_by(subject, seq) FILTER (kind = 'task.queued') AS channel,
        min_by(priority, seq) FILTER (kind = 'task.queued') AS priority,
        min(model_source) AS source,
        max(model_source) AS other_source,
        max_by(agent, seq) FILTER (kind = 'model_call.settled' AND agent IS NOT NULL) AS agent,
        max_by(status, seq) FILTER (kind = 'task.ended') AS ended_as,
        max_by(subject, seq) FILTER (kind = 'task.parked') AS parked_for,
        max(seq) FILTER (kind = 'task.parked') AS parked_seq,
        max(seq) FILTER (kind = 'task.woken') AS woken_seq,
        max_by(reason, seq) FILTER (kind = 'escalation.raised') AS escalation_reason,
        min_by(happened_at, seq) FILTER (kind = 'task.queued') AS queued_at,
        min_by(happened_at, seq) FILTER (kind = 'run.started') AS started_at,
        max_by(happened_at, seq) FILTER (kind = 'task.ended') AS ended_at,
        max_by(confidence, seq) FILTER (kind = 'run.ended') AS confidence,
        max_by(status, seq) FILTER (kind = 'outcome.scored') AS truth,
        max_by(reason, seq) FILTER (kind = 'outcome.scored') AS mistake,
        max_by(happened_at, seq) FILTER (kind = 'task.confirmed') AS confirmed_at,
        max_by(happened_at, seq) FILTER (kind = 'task.reopened') AS reopened_at,
        max_by(kind, seq) FILTER (kind = 'task.confirmed' OR kind = 'task.reopened') AS last_word,
        count(*) FILTER (kind = 'model_call.settled') AS model_calls,
        count(*) FILTER (kind = 'tool_call.settled') AS tool_calls,
        count(*) FILTER (kind = 'tool_call.refused') AS refused_calls,
        count(*) FILTER (kind = 'handoff.made') AS handoffs,
        count(*) FILTER (kind = 'escalation.raised') AS escalations,
        count(*) FILTER (kind = 'approval.requested') AS approvals,
        sum(attention_seconds) AS attention_seconds,
        count(*) FILTER (
            kind = 'approval.decided' AND (attention_seconds IS NOT NULL OR status = 'expire')
        ) AS settled_approvals,
        count(attention_seconds) FILTER (kind = 'escalation.answered') AS timed_escalations,
        avg(context_rating) AS context_rating,
        sum(input_tokens) FILTER (kind = 'model_call.settled') AS input_tokens,
        sum(output_tokens) FILTER (kind = 'model_call.settled') AS output_tokens,
        sum(cache_read_tokens) FILTER (kind = 'model_call.settled') AS cache_read_tokens,
        sum(cache_write_tokens) FILTER (kind = 'model_call.settled') AS cache_write_tokens,
        sum(cost_usd) FILTER (kind = 'model_call.settled') AS model_cost_usd,
        sum(cost_usd) FILTER (kind = 'tool_call.settled') AS tool_cost_usd
    FROM mine
    GROUP BY task_id
), timed AS (
    SELECT facts.*,
        coalesce(ended_as, CASE
            WHEN parked_seq > coalesce(woken_seq, 0) THEN 'waiting'
            WHEN started_at IS NOT NULL THEN 'working'
            ELSE 'queued'
        END) AS status,
        coalesce(times.agent_ms, 0) AS agent_ms,
        greatest((epoch_us(ended_at) - epoch_us(queued_at)) // 1000, 0)
            + CASE WHEN ended_at IS NULL OR queued_at IS NULL THEN NULL ELSE 0 END AS total_ms,
        coalesce(
            heard_ms + CASE WHEN asked > heard THEN epoch_us(ended_at) // 1000 ELSE 0 END - asked_ms, 0
        ) AS human_ms
    FROM facts
    LEFT JOIN times USING (task_id)
), waited AS (
    SELECT *,
        CASE WHEN total_ms IS NOT NULL THEN greatest(total_ms - agent_ms, 0) END AS waiting_ms
    FROM timed
)
SELECT task_id, first_seq, last_seq,
    coalesce(team, 'no team') AS team,
    title, channel, priority,
    CASE WHEN source IS NULL THEN 'none' WHEN source = other_source THEN source ELSE 'mixed' END AS model_source,
    agent, status,
    CASE WHEN status = 'waiting' THEN parked_for END AS waiting_for,
    escalation_reason, queued_at, started_at, ended_at, agent_ms, total_ms, waiting_ms,
    CASE WHEN waiting_ms IS NOT NULL THEN greatest(least(human_ms, waiting_ms), 0) END::bigint AS human_wait_ms,
    CASE WHEN waiting_ms IS NOT NULL THEN waiting_ms - greatest(least(human_ms, waiting_ms), 0) END::bigint AS system_wait_ms,
    model_calls, tool_calls, refused_calls, handoffs, escalations, approvals,
    attention_seconds::bigint AS attention_seconds,
    greatest(approvals - settled_approvals, 0) AS unmeasured_approvals,
    greatest(escalations - timed_escalations, 0) AS unmeasured_escalations,
    context_rating,
    coalesce(input_tokens, 0)::bigint AS input_tokens,
    coalesce(output_tokens, 0)::bigint AS output_tokens,
    coalesce(cache_read_tokens, 0)::bigint AS cache_read_tokens,
    coalesce(cache_write_tokens, 0)::bigint AS cache_write_tokens,
    coalesce(model_cost_usd, 0)::decimal(18, 6) AS model_cost_usd,
    coalesce(tool_cost_usd, 0)::decimal(18, 6) AS tool_cost_usd,
    confidence, truth, mistake, confirmed_at, reopened_at,
    CASE WHEN status = 'completed' THEN coalesce(substr(last_word, 6), 'assumed') END AS completion
FROM waited
ORDER BY first_seq
