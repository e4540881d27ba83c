SELECT
    count(*) FILTER (WHERE ended_at IS NOT NULL) AS ended,
    count(*) FILTER (WHERE ended_at IS NULL) AS open
FROM state.tasks
