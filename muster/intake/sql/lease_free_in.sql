-- Seconds until a task of the team that is not free yet becomes free by itself; null when there is none.
SELECT CASE
    WHEN min(first.at) > clock_timestamp() THEN extract(epoch FROM min(first.at) - clock_timestamp())::double precision
    WHEN min(first.at) IS NOT NULL THEN 0
END AS seconds
FROM (VALUES (0), (1), (2)) AS rank (priority)
CROSS JOIN LATERAL (
    SELECT * FROM (
        SELECT task.ready_at AS at FROM state.tasks AS task
        WHERE task.team = %(team)s AND task.priority = rank.priority AND task.status = 'queued'
            AND task.ready_at IS NOT NULL
        ORDER BY task.ready_at
        LIMIT 1
    ) AS delayed
    UNION ALL
    SELECT * FROM (
        SELECT task.lease_until FROM state.tasks AS task
        WHERE task.team = %(team)s AND task.priority = rank.priority AND task.status = 'working'
        ORDER BY task.lease_until
        LIMIT 1
    ) AS held
) AS first;
