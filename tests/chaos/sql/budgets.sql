-- Every budget, and what the settled calls that drew on it cost.
WITH drawn AS (
    SELECT draw ->> 'scope' AS scope, draw ->> 'period' AS period, count(*) AS calls,
        coalesce(sum(settled.cost_usd), 0) AS cost_usd
    FROM ledger.events AS intended
    CROSS JOIN LATERAL jsonb_array_elements(intended.body::jsonb -> 'payload' -> 'budgets') AS draw
    LEFT JOIN ledger.events AS settled
        ON settled.run_id = intended.run_id AND settled.kind IN ('model_call.settled', 'tool_call.settled')
        AND settled.body::jsonb -> 'payload' ->> 'intent_id' = intended.event_id
    WHERE intended.kind IN ('model_call.intended', 'tool_call.intended')
    GROUP BY draw ->> 'scope', draw ->> 'period'
)
SELECT scope, period, budget.reserved_usd, budget.spent_usd, budget.calls,
    coalesce(drawn.cost_usd, 0) AS cost_usd, coalesce(drawn.calls, 0) AS intended
FROM state.budgets AS budget
FULL JOIN drawn USING (scope, period);
