-- The values of `muster.analysis.kpis.overview` from the table `tasks`, as DuckDB is best asked for them: n and value
-- of every KPI in a row for the company and one for each team. It makes no intervals. Prices are those of `HumanCost`.
WITH ended AS (
    SELECT *,
        (
            (coalesce(attention_seconds, 0) * 42000000 + 1800) // 3600
            + unmeasured_escalations * 8400000 + unmeasured_approvals * 1400000
        ) / 1e6 AS human_usd,
        ((agent_ms * 40480 + 1800000) // 3600000) / 1e6 AS compute_usd,
        coalesce(attention_seconds, 0) + unmeasured_escalations * 720 + unmeasured_approvals * 120 AS attention_s,
        (model_cost_usd + tool_cost_usd)::double AS called_usd,
        coalesce(completion IN ('confirmed', 'reopened'), false)
            OR ended_at + INTERVAL 14 DAY <= getvariable('now')::timestamptz AS judged,
        coalesce(completion IN ('assumed', 'confirmed'), false) AND truth IS DISTINCT FROM 'wrong' AS held,
        input_tokens + cache_read_tokens + cache_write_tokens AS prompt_tokens
    FROM tasks
    WHERE status IN ('completed', 'escalated', 'failed')
), wide AS (
    SELECT model_source, team,
        count(*) AS ended,
        count(*) FILTER (status = 'completed') AS completed,
        count(*) FILTER (status = 'completed' AND total_ms IS NOT NULL) AS timed,
        count(*) FILTER (completion = 'confirmed') AS confirmed,
        count(*) FILTER (completion = 'reopened') AS reopened,
        count(*) FILTER (judged) AS judged,
        count(*) FILTER (judged AND held) AS durable,
        count(*) FILTER (status = 'completed' AND escalations = 0 AND approvals = 0) AS covered,
        count(*) FILTER (status = 'escalated' OR escalations > 0) AS escalated,
        count(*) FILTER (approvals > 0) AS asked,
        count(*) FILTER (status = 'failed') AS failed,
        count(truth) AS scored,
        count(*) FILTER (truth = 'correct') AS correct,
        count(context_rating) AS rated,
        avg(context_rating) AS rating,
        quantile_disc(total_ms, [0.5, 0.95]) FILTER (status = 'completed' AND total_ms IS NOT NULL) AS total_s,
        quantile_disc(agent_ms, [0.5, 0.95]) FILTER (status = 'completed' AND total_ms IS NOT NULL) AS agent_s,
        quantile_disc(human_wait_ms, [0.5, 0.95]) FILTER (status = 'completed' AND total_ms IS NOT NULL) AS human_s,
        quantile_disc(system_wait_ms, [0.5, 0.95]) FILTER (status = 'completed' AND total_ms IS NOT NULL) AS system_s,
        sum(model_cost_usd)::double AS model_usd,
        sum(tool_cost_usd)::double AS tool_usd,
        sum(compute_usd) AS compute_usd,
        sum(human_usd) AS human_usd,
        sum(called_usd + compute_usd + human_usd) AS all_usd,
        sum(model_cost_usd) FILTER (judged)::double AS judged_model_usd,
        sum(tool_cost_usd) FILTER (judged)::double AS judged_tool_usd,
        sum(compute_usd) FILTER (judged) AS judged_compute_usd,
        sum(human_usd) FILTER (judged) AS judged_human_usd,
        sum(called_usd + compute_usd + human_usd) FILTER (judged) AS judged_usd,
        sum(attention_s) AS attention_s,
        sum(prompt_tokens + output_tokens) AS tokens,
        count(*) FILTER (prompt_tokens > 0) AS prompted,
        sum(cache_read_tokens) / sum(prompt_tokens) AS cached
    FROM ended
    GROUP BY GROUPING SETS ((model_source, team), (model_source))
)
SELECT model_source, team, unnest([
    {kpi: 'completion_rate', n: ended, value: completed / ended},
    {kpi: 'confirmed_rate', n: completed, value: confirmed / completed},
    {kpi: 'reopened_rate', n: completed, value: reopened / completed},
    {kpi: 'durable_completion_rate', n: judged, value: durable / judged},
    {kpi: 'coverage', n: ended, value: covered / ended},
    {kpi: 'escalation_rate', n: ended, value: escalated / ended},
    {kpi: 'approval_rate', n: ended, value: asked / ended},
    {kpi: 'failure_rate', n: ended, value: failed / ended},
    {kpi: 'accuracy', n: scored, value: correct / scored},
    {kpi: 'scored_share', n: ended, value: scored / ended},
    {kpi: 'human_satisfaction', n: rated, value: rating},
    {kpi: 'time_to_completion_p50', n: timed, value: total_s[1] / 1000},
    {kpi: 'time_to_completion_p95', n: timed, value: total_s[2] / 1000},
    {kpi: 'agent_time_p50', n: timed, value: agent_s[1] / 1000},
    {kpi: 'agent_time_p95', n: timed, value: agent_s[2] / 1000},
    {kpi: 'human_wait_p50', n: timed, value: human_s[1] / 1000},
    {kpi: 'human_wait_p95', n: timed, value: human_s[2] / 1000},
    {kpi: 'system_wait_p50', n: timed, value: system_s[1] / 1000},
    {kpi: 'system_wait_p95', n: timed, value: system_s[2] / 1000},
    {kpi: 'model_cost_per_task', n: ended, value: model_usd / ended},
    {kpi: 'tool_cost_per_task', n: ended, value: tool_usd / ended},
    {kpi: 'compute_cost_per_task', n: ended, value: compute_usd / ended},
    {kpi: 'human_cost_per_task', n: ended, value: human_usd / ended},
    {kpi: 'total_cost_per_task', n: ended, value: all_usd / ended},
    {kpi: 'model_cost_per_completed_task', n: completed, value: model_usd / completed},
    {kpi: 'total_cost_per_completed_task', n: completed, value: all_usd / completed},
    {kpi: 'model_cost_per_durable_task', n: durable, value: judged_model_usd / durable},
    {kpi: 'tool_cost_per_durable_task', n: durable, value: judged_tool_usd / durable},
    {kpi: 'compute_cost_per_durable_task', n: durable, value: judged_compute_usd / durable},
    {kpi: 'human_cost_per_durable_task', n: durable, value: judged_human_usd / durable},
    {kpi: 'total_cost_per_durable_task', n: durable, value: judged_usd / durable},
    {kpi: 'attention_per_task', n: ended, value: attention_s / ended},
    {kpi: 'tokens_per_completed_task', n: completed, value: tokens / completed},
    {kpi: 'cached_input_share', n: prompted, value: cached}
], recursive := true)
FROM wide
