-- The queue: what is free is found by index however much stands in it; state and events of many tasks in one call.

-- A free task is either begun (its lease ran out, or its time to be tried again has come) or fresh. Each kind has an index
-- in which what is not free yet lies behind what is, so that nothing is read only to be passed over.
DROP INDEX state.tasks_open_idx;
CREATE INDEX tasks_working_idx ON state.tasks (team, priority, lease_until) WHERE status = 'working';
CREATE INDEX tasks_delayed_idx ON state.tasks (team, priority, ready_at) WHERE status = 'queued' AND ready_at IS NOT NULL;
CREATE INDEX tasks_fresh_idx ON state.tasks (team, priority, created_at, task_id)
    WHERE status = 'queued' AND ready_at IS NULL;
CREATE INDEX tasks_ended_idx ON state.tasks (team, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX agents_halted_idx ON state.agents (agent) WHERE status <> 'active';

-- Whether a team takes nothing new: it, its coordinator or the fleet is paused or draining.
CREATE FUNCTION ledger.is_halted(team text) RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
    halted text[];
BEGIN
    IF EXISTS (
        SELECT FROM state.teams AS halt
        WHERE halt.team = team AND halt.status <> 'active'
            AND (halt.paused_until IS NULL OR halt.paused_until > clock_timestamp())
    ) THEN
        RETURN true;
    END IF;
    SELECT array_agg(halt.agent) INTO halted FROM state.agents AS halt
    WHERE halt.status <> 'active' AND (halt.paused_until IS NULL OR halt.paused_until > clock_timestamp());
    -- a manifest is long: it is only opened when somebody is halted
    RETURN halted IS NOT NULL AND ('fleet' = ANY (halted) OR EXISTS (
        SELECT FROM state.teams AS deployed
        JOIN state.team_versions AS version ON version.team = deployed.team AND version.version = deployed.active_version
        WHERE deployed.team = team AND team || '/' || (version.manifest ->> 'coordinator') = ANY (halted)
    ));
END
$$;

-- The body of an event about a lease, as RFC 8785 has it.
CREATE FUNCTION ledger.body_of_lease(
    kind text, event_id text, happened_at timestamptz, actor text, worker text, attempt integer, task_id text, run_id text,
    team text
) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '{"actor":' || to_json(actor) || ',"agent":null,"cost_usd":null,"event_id":' || to_json(event_id)
        || ',"happened_at":"' || to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","kind":"' || kind || '","model_source":null,"payload":{"attempt":' || attempt || ',"worker":' || to_json(worker)
        || '},"run_id":' || coalesce(to_json(run_id)::text, 'null') || ',"task_id":' || to_json(task_id)
        || ',"team":' || to_json(team) || '}'
$$;

-- Gives the worker up to `most` free tasks of the team, and records that. The most urgent first; of those equally urgent
-- what was begun before what is fresh, then the one that has been free for longest. Tasks another worker is just taking
-- are passed over. One clock decides about leases: the database's. event_ids: one a task.
CREATE FUNCTION ledger.lease_tasks(
    team text, worker text, most integer, lease_seconds double precision, happened_at timestamptz, event_ids text[]
) RETURNS TABLE (
    task_id text, source text, external_id text, channel text, priority smallint, title text, content jsonb,
    transaction_type text, attempts integer, lease_until timestamptz, run_id text, created_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET jit = off SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_sort = off AS $$
#variable_conflict use_column
DECLARE
    actor text := 'worker:' || worker;
    moment timestamptz := clock_timestamp();  -- once: what may change from row to row is no condition of an index
    picked text[] := '{}';
    expired text[] := '{}';  -- of each picked one: who let its lease run out; null where nobody did
    some_begun boolean := false;
    begun record;
BEGIN
    IF ledger.is_halted(lease_tasks.team) THEN
        RETURN;
    END IF;
    FOR rank IN 0 .. 2 LOOP
        EXIT WHEN cardinality(picked) >= most;
        SELECT picked || array_agg(free.task_id), expired || array_agg(free.was_owner),
            some_begun OR coalesce(bool_or(free.begun), false)
        INTO picked, expired, some_begun
        FROM (
            SELECT * FROM (
                SELECT task.task_id, coalesce(task.lease_owner, 'unknown') AS was_owner, true AS begun
                FROM state.tasks AS task
                WHERE task.team = lease_tasks.team AND task.priority = rank AND task.status = 'working'
                    AND task.lease_until < moment
                ORDER BY task.lease_until
                LIMIT most - cardinality(picked)
                FOR UPDATE SKIP LOCKED
            ) AS abandoned
            UNION ALL
            SELECT * FROM (
                SELECT task.task_id, NULL::text, task.attempts > 0
                FROM state.tasks AS task
                WHERE task.team = lease_tasks.team AND task.priority = rank AND task.status = 'queued'
                    AND task.ready_at <= moment
                ORDER BY task.ready_at
                LIMIT most - cardinality(picked)
                FOR UPDATE SKIP LOCKED
            ) AS due
            UNION ALL
            SELECT * FROM (
                SELECT task.task_id, NULL::text, task.attempts > 0
                FROM state.tasks AS task
                WHERE task.team = lease_tasks.team AND task.priority = rank AND task.status = 'queued'
                    AND task.ready_at IS NULL
                ORDER BY task.created_at, task.task_id
                LIMIT most - cardinality(picked)
                FOR UPDATE SKIP LOCKED
            ) AS fresh
            LIMIT most - cardinality(picked)
        ) AS free;
    END LOOP;
    IF cardinality(picked) = 0 THEN
        RETURN;
    END IF;
    PERFORM pg_current_xact_id();
    -- what was begun may have a run, whose chain goes on link by link
    FOR begun IN
        SELECT task.task_id, task.run_id, task.attempts, expired[place.n] AS was_owner, event_ids[place.n] AS event_id
        FROM unnest(picked) WITH ORDINALITY AS place (task_id, n)
        JOIN state.tasks AS task ON task.task_id = place.task_id
        WHERE some_begun AND task.attempts > 0
    LOOP
        IF begun.was_owner IS NOT NULL THEN
            PERFORM ledger.put(begun.event_id || '-1', 'task.lease_expired', begun.task_id, begun.run_id,
                lease_tasks.team, NULL, actor, NULL, happened_at, NULL,
                ledger.body_of_lease('task.lease_expired', begun.event_id || '-1', happened_at, actor, begun.was_owner,
                    begun.attempts, begun.task_id, begun.run_id, lease_tasks.team));
        END IF;
        PERFORM ledger.put(begun.event_id, 'task.leased', begun.task_id, begun.run_id,
            lease_tasks.team, NULL, actor, NULL, happened_at, NULL,
            ledger.body_of_lease('task.leased', begun.event_id, happened_at, actor, worker,
                begun.attempts + 1, begun.task_id, begun.run_id, lease_tasks.team));
    END LOOP;
    RETURN QUERY
    WITH taken AS (
        UPDATE state.tasks AS task SET
            status = 'working',
            lease_owner = worker,
            lease_until = moment + make_interval(secs => lease_seconds),
            attempts = task.attempts + 1,
            ready_at = NULL,
            updated_at = happened_at
        FROM unnest(picked, event_ids) AS place (task_id, event_id)
        WHERE task.task_id = place.task_id
        RETURNING task.*, place.event_id
    ), recorded AS (
        INSERT INTO ledger.events (event_id, kind, task_id, team, actor, happened_at, body)
        SELECT taken.event_id, 'task.leased', taken.task_id, taken.team, actor, happened_at,
            ledger.body_of_lease('task.leased', taken.event_id, happened_at, actor, worker, 1, taken.task_id, NULL,
                taken.team)
        FROM taken
        WHERE taken.attempts = 1
    )
    SELECT taken.task_id, taken.source, taken.external_id, taken.channel, taken.priority, taken.title, taken.content,
        taken.transaction_type, taken.attempts, taken.lease_until, taken.run_id, taken.created_at
    FROM taken;
END
$$;

-- Carries out many acts on leased tasks in one transaction: `begin` a run on one (the run a former worker began stays the
-- task's run) or `end` it, its run's tokens at the gateway with it. Gives one row an act, in order: whether the worker still
-- held the task, and the task's run; where it did not, nothing of the act was done. An act's events are written after one
-- another; those of `begin` only when the run is a new one. Acts do not hang together, and no two of them may be of one run.
-- They come sorted by task: everybody locks in that order, and tasks before the heads of runs.
CREATE FUNCTION ledger.work(acts jsonb) RETURNS TABLE (held boolean, run_id text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET jit = off SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    runs text[] := array_fill(NULL::text, ARRAY[jsonb_array_length(acts)]);      -- of each act: its task's run
    kept boolean[] := array_fill(false, ARRAY[jsonb_array_length(acts)]);
    telling boolean[] := array_fill(false, ARRAY[jsonb_array_length(acts)]);     -- whether its events are to be written
    longest integer := 0;
    ended text[] := '{}';   -- runs whose task is ended
    last_end timestamptz;
    changed record;
BEGIN
    IF jsonb_array_length(acts) = 0 THEN
        RETURN;
    END IF;
    PERFORM pg_current_xact_id();
    FOR changed IN
        -- Who is not working on a task does not own its lease. A condition on status would only lead the planner to read
        -- everybody's leases.
        UPDATE state.tasks AS task SET
            status = CASE act.op WHEN 'end' THEN act.status ELSE task.status END,
            lease_owner = CASE act.op WHEN 'end' THEN NULL ELSE task.lease_owner END,
            lease_until = CASE act.op WHEN 'end' THEN NULL ELSE task.lease_until END,
            ended_at = CASE act.op WHEN 'end' THEN act.at END,
            run_id = CASE act.op WHEN 'begin' THEN coalesce(task.run_id, act.run_id) ELSE task.run_id END,
            updated_at = CASE WHEN act.op = 'begin' AND task.run_id IS NOT NULL THEN task.updated_at ELSE act.at END
        FROM ROWS FROM (jsonb_to_recordset(acts) AS (
            op text, task_id text, worker text, attempt integer, at timestamptz, status text, run_id text, events jsonb
        )) WITH ORDINALITY AS act (op, task_id, worker, attempt, at, status, run_id, events, place)
        WHERE task.task_id = act.task_id AND task.lease_owner = act.worker AND task.attempts = act.attempt
        RETURNING act.place, act.op, act.at, task.run_id, act.op = 'end' OR task.run_id = act.run_id AS telling,
            jsonb_array_length(act.events) AS events
    LOOP
        kept[changed.place] := true;
        runs[changed.place] := changed.run_id;
        telling[changed.place] := changed.telling;
        longest := greatest(longest, changed.events);
        IF changed.op = 'end' AND changed.run_id IS NOT NULL THEN
            ended := ended || changed.run_id;
            last_end := changed.at;
        END IF;
    END LOOP;
    IF cardinality(ended) > 0 THEN
        UPDATE state.gateway_tokens AS token SET revoked_at = last_end
        FROM unnest(ended) AS run (run_id)
        WHERE token.run_id = run.run_id AND token.revoked_at IS NULL;
    END IF;

    FOR turn IN 0 .. longest - 1 LOOP
        WITH event AS MATERIALIZED (
            SELECT act.place, event.*
            FROM ROWS FROM (jsonb_to_recordset(acts) AS (events jsonb)) WITH ORDINALITY AS act (events, place)
            CROSS JOIN LATERAL jsonb_to_record(act.events -> turn) AS event (
                event_id text, kind text, task_id text, run_id text, team text, agent text, actor text,
                model_source text, happened_at timestamptz, cost_usd numeric, body text
            )
            WHERE telling[act.place] AND jsonb_array_length(act.events) > turn
        ), head AS (
            INSERT INTO ledger.run_heads AS head (run_id, run_seq, chain_sha256, body_sha256)
            SELECT event.run_id, 1, sha256(link.link), link.link
            FROM event
            CROSS JOIN LATERAL (SELECT sha256(convert_to(event.body, 'UTF8'))) AS link (link)
            WHERE event.run_id IS NOT NULL
            ORDER BY event.run_id
            ON CONFLICT ON CONSTRAINT run_heads_pkey DO UPDATE SET
                run_seq = head.run_seq + 1,
                chain_sha256 = sha256(head.chain_sha256 || excluded.body_sha256),
                body_sha256 = excluded.body_sha256
            RETURNING head.run_id, head.run_seq, head.chain_sha256
        )
        INSERT INTO ledger.events (event_id, kind, task_id, run_id, run_seq, team, agent, actor, model_source,
            happened_at, cost_usd, body, chain_sha256)
        SELECT event.event_id, event.kind, event.task_id, event.run_id, head.run_seq, event.team, event.agent,
            event.actor, event.model_source, event.happened_at, event.cost_usd, event.body, head.chain_sha256
        FROM event
        LEFT JOIN head ON head.run_id = event.run_id
        ORDER BY event.place;
    END LOOP;
    RETURN QUERY SELECT * FROM unnest(kept, runs);
END
$$;

-- Who waits for work hears of it when it is committed: a task that stands in the queue, or a halt that is over.
CREATE FUNCTION state.ring() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_TABLE_NAME = 'agents' THEN
        PERFORM pg_notify('muster_work', split_part(NEW.agent, '/', 1));
    ELSE
        PERFORM pg_notify('muster_work', NEW.team);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER tasks_ring AFTER INSERT OR UPDATE OF status ON state.tasks
    FOR EACH ROW WHEN (NEW.status = 'queued') EXECUTE FUNCTION state.ring();
CREATE TRIGGER teams_ring AFTER UPDATE OF status ON state.teams
    FOR EACH ROW WHEN (NEW.status = 'active' AND OLD.status <> 'active') EXECUTE FUNCTION state.ring();
CREATE TRIGGER agents_ring AFTER UPDATE OF status ON state.agents
    FOR EACH ROW WHEN (NEW.status = 'active' AND OLD.status <> 'active') EXECUTE FUNCTION state.ring();

REVOKE ALL ON FUNCTION ledger.is_halted, ledger.body_of_lease, ledger.lease_tasks, ledger.work FROM public;
GRANT EXECUTE ON FUNCTION ledger.is_halted, ledger.lease_tasks, ledger.work TO muster_writer;
ALTER FUNCTION ledger.is_halted OWNER TO muster_owner;
ALTER FUNCTION ledger.body_of_lease OWNER TO muster_owner;
ALTER FUNCTION ledger.lease_tasks OWNER TO muster_owner;
ALTER FUNCTION ledger.work OWNER TO muster_owner;
ALTER FUNCTION state.ring OWNER TO muster_owner;
