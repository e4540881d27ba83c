-- Open tasks by team and where they stand; `later` are those that are not to be taken yet.
SELECT team, status, sum(tasks)::bigint AS tasks, sum(later)::bigint AS later, min(oldest_at) AS oldest_at
FROM (
    SELECT team, 'queued' AS status, count(*) AS tasks, 0 AS later, min(created_at) AS oldest_at
    FROM state.tasks WHERE status = 'queued' AND ready_at IS NULL
    GROUP BY team
    UNION ALL
    SELECT team, 'queued', count(*), count(*) FILTER (WHERE ready_at > clock_timestamp()), min(created_at)
    FROM state.tasks WHERE status = 'queued' AND ready_at IS NOT NULL
    GROUP BY team
    UNION ALL
    SELECT team, 'working', count(*), 0, min(created_at)
    FROM state.tasks WHERE status = 'working'
    GROUP BY team
    UNION ALL
    SELECT team, 'waiting', count(*), 0, min(created_at)
    FROM state.tasks WHERE status = 'waiting'
    GROUP BY team
) AS counted
GROUP BY team, status
ORDER BY team, status;
