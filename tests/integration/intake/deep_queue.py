"""A deep queue: many open tasks of several teams, most not to be taken now, on top of a long history."""

import psycopg

TEAMS = tuple(f"team{number}" for number in range(8))
PAUSED = TEAMS[-2:]
"""Teams that are paused: all their tasks stand in the way, and none may be taken."""

_TASKS = """
INSERT INTO state.tasks
    (task_id, source, external_id, team, channel, priority, title, content, status, attempts,
    lease_owner, lease_until, ready_at, waiting_for, created_at, updated_at)
SELECT 'tsk_deep_' || lpad(n::text, 10, '0'), 'deep', n::text, 'team' || n %% 8, 'mail', (n / 8) %% 3,
    'task ' || n, jsonb_build_object('text', repeat('word ', 60)), kind.status, kind.attempts,
    CASE kind.status WHEN 'working' THEN 'worker' || n %% 50 END,
    CASE kind.name WHEN 'held' THEN now() + interval '1 hour' * random() END,
    CASE kind.name WHEN 'later' THEN now() + interval '1 hour' * (0.1 + random())
        WHEN 'due' THEN now() - interval '1 hour' * random() END,
    CASE kind.status WHEN 'waiting' THEN 'team' || n %% 8 || '/clerk' END,
    at, at
FROM generate_series(1, %(open)s) AS n
CROSS JOIN LATERAL (SELECT now() - interval '1 day' + n * interval '0.1 seconds') AS came (at)
CROSS JOIN LATERAL (SELECT (n / 24) %% 20) AS kinds (of_twenty)
JOIN (VALUES
    ('fresh', 'queued', 0, 0, 7), ('later', 'queued', 1, 8, 13), ('waiting', 'waiting', 1, 14, 17),
    ('held', 'working', 1, 18, 18), ('due', 'queued', 1, 19, 19)
) AS kind (name, status, attempts, first, last) ON of_twenty BETWEEN kind.first AND kind.last
"""
_HISTORY = """
INSERT INTO state.tasks
    (task_id, source, external_id, team, channel, priority, title, content, status, attempts,
    created_at, updated_at, ended_at)
SELECT 'tsk_past_' || lpad(n::text, 10, '0'), 'past', n::text, 'team' || n %% 8, 'mail', n %% 3, '', '{}',
    'completed', 1, now() - interval '2 days', now(), now()
FROM generate_series(1, %(past)s) AS n
"""
_TEAMS = """
INSERT INTO state.teams (team, active_version, status)
SELECT team, 1, CASE WHEN team = ANY (%(paused)s) THEN 'paused' ELSE 'active' END
FROM unnest(%(teams)s::text[]) AS team
"""
_MANIFESTS = """
INSERT INTO state.team_versions (team, version, manifest, manifest_sha256, deployed_at)
SELECT team, 1,
    jsonb_build_object('coordinator', 'desk', 'agents', repeat('an agent and all about it ', 400)), '', now()
FROM unnest(%(teams)s::text[]) AS team
"""
_HALTS = """
INSERT INTO state.agents (agent, status)
SELECT team || '/clerk', 'paused' FROM unnest(%(teams)s::text[]) AS team
"""


def fill(superuser_url: str, *, tasks: int, past: int = 100_000) -> None:
    """Put so many open tasks and so long a history into a fresh migrated database.

    Of the open ones, for each team and priority: 40 % can be taken, 30 % are for later, 20 % wait for a halt,
    5 % are held by a worker, 5 % were given back and are due.
    """
    values = {"open": tasks, "past": past, "teams": list(TEAMS), "paused": list(PAUSED)}
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE state.tasks DISABLE TRIGGER tasks_ring")
        for statement in (_HISTORY, _TASKS, _TEAMS, _MANIFESTS, _HALTS):
            connection.execute(statement, values)
        connection.execute("ALTER TABLE state.tasks ENABLE TRIGGER tasks_ring")
        connection.execute("VACUUM ANALYZE")
