SELECT team, status, count(*) AS tasks, min(created_at) AS oldest_at
FROM state.tasks
WHERE status IN ('queued', 'working', 'waiting')
GROUP BY team, status
ORDER BY team, status;
