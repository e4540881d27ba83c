INSERT INTO state.kpi_daily (day, team, metrics) VALUES (%(day)s, %(team)s, %(metrics)s)
ON CONFLICT (day, team) DO UPDATE SET metrics = excluded.metrics
