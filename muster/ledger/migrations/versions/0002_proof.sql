-- Signed seals in place of daily checksums; budgets in dollars and in calls; one function that writes a whole batch.

DROP TABLE state.seals;

-- Each seal covers the events with first_seq <= seq <= last_seq; tree_size is the number of leaves after it.
CREATE TABLE ledger.seals (
    tree_size bigint PRIMARY KEY,
    first_index bigint NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    root_sha256 bytea NOT NULL,
    key_id text NOT NULL,
    checkpoint text NOT NULL,
    sealed_at timestamptz NOT NULL
);
CREATE INDEX seals_last_seq_idx ON ledger.seals (last_seq);

-- Hashes of complete subtrees: a node at level L covers 2^L leaves, so level 0 holds the leaves; 32 bytes a node.
CREATE TABLE ledger.tree (
    level smallint NOT NULL,
    first_node bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, first_node)
);

CREATE TABLE ledger.keys (
    key_id text PRIMARY KEY,
    name text NOT NULL,
    vkey text NOT NULL,
    endorsement text,
    added_at timestamptz NOT NULL
);

CREATE TABLE ledger.timestamps (
    tree_size bigint PRIMARY KEY REFERENCES ledger.seals,
    authority text NOT NULL,
    token bytea NOT NULL,
    stamped_at timestamptz NOT NULL
);

CREATE TABLE ledger.mirror_files (
    path text PRIMARY KEY,
    first_index bigint NOT NULL,
    end_index bigint NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    events bigint NOT NULL,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    note text NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE INDEX mirror_files_first_index_idx ON ledger.mirror_files (first_index);

CREATE TABLE ledger.detached_months (
    month date PRIMARY KEY,
    partition text NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    events bigint NOT NULL,
    detached_at timestamptz NOT NULL
);

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY['seals', 'tree', 'keys', 'timestamps', 'mirror_files', 'detached_months'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON ledger.%I '
            'FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change()', kept || '_are_final', kept);
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON ledger.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', kept || '_are_kept', kept);
    END LOOP;
END
$$;

-- The only kind that is looked for by itself while people wait: what was paid to whom today.
DROP INDEX ledger.events_kind_idx;
CREATE INDEX events_tool_calls_idx ON ledger.events (recorded_at) WHERE kind = 'tool_call.intended';

-- The hash of a run's last body: what the next link of its chain is made with.
ALTER TABLE ledger.run_heads ADD COLUMN body_sha256 bytea;
ALTER TABLE ledger.run_heads SET (fillfactor = 70);

-- A scope has one budget a period: 'YYYY-MM-DD' for a day (UTC), 'task' for a task's life. told_percent is the highest
-- threshold that was told of; of a task's budget none is (100 from the start): when it is out, a person gets the task.
CREATE TABLE state.purses (
    scope text NOT NULL,
    period text NOT NULL,
    limit_usd numeric(18, 6),
    limit_calls integer,
    reserved_usd numeric(18, 6) NOT NULL CHECK (reserved_usd >= 0),
    spent_usd numeric(18, 6) NOT NULL,
    calls integer NOT NULL,
    told_percent smallint NOT NULL,
    PRIMARY KEY (scope, period)
) WITH (fillfactor = 50);
INSERT INTO state.purses
SELECT scope, CASE WHEN starts_with(scope, 'task:') THEN 'task' ELSE day::text END, max(limit_usd), NULL,
    sum(reserved_usd), sum(spent_usd), 0, CASE WHEN starts_with(scope, 'task:') THEN 100 ELSE 0 END
FROM state.budgets
GROUP BY 1, 2, 8;
DROP TABLE state.budgets;
ALTER TABLE state.purses RENAME TO budgets;
ALTER INDEX state.purses_pkey RENAME TO budgets_pkey;
ALTER TABLE state.budgets RENAME CONSTRAINT purses_reserved_usd_check TO budgets_reserved_usd_check;

-- An abandoned intent holds nothing back any more, but its outcome is still taken when it comes after all.
ALTER TABLE ledger.open_intents
    ADD COLUMN kind text NOT NULL DEFAULT 'model_call.intended',
    ADD COLUMN task_id text,
    ADD COLUMN team text,
    ADD COLUMN agent text,
    ADD COLUMN periods text[],
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN abandoned_at timestamptz;
UPDATE ledger.open_intents SET
    periods = (
        SELECT coalesce(array_agg(CASE WHEN starts_with(scope, 'task:') THEN 'task' ELSE day::text END ORDER BY place), '{}')
        FROM unnest(scopes) WITH ORDINALITY AS held (scope, place)
    ),
    expires_at = intended_at + interval '1 hour';
ALTER TABLE ledger.open_intents
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN periods SET NOT NULL,
    ALTER COLUMN expires_at SET NOT NULL,
    DROP COLUMN day;
-- only acts under way are in it: it is read whole sooner than by an index that every act would have to keep
DROP INDEX ledger.open_intents_run_id_idx;

ALTER TABLE state.agents ADD COLUMN paused_until timestamptz;
ALTER TABLE state.teams ADD COLUMN reason text, ADD COLUMN paused_until timestamptz;

DROP FUNCTION ledger.intend;
DROP FUNCTION ledger.settle;

-- Taking the transaction's number before a place in the order is what lets the sealer know which places can no longer
-- be filled.
-- For the functions of this schema only, which have the owner's rights already.
CREATE FUNCTION ledger.put(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, cost_usd numeric, body text
) RETURNS bigint LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    place integer;
    chain bytea;
    link bytea;
    appended bigint;
BEGIN
    PERFORM pg_current_xact_id();
    IF run_id IS NOT NULL THEN
        link := sha256(convert_to(body, 'UTF8'));
        INSERT INTO ledger.run_heads AS head (run_id, run_seq, chain_sha256, body_sha256)
        VALUES (run_id, 1, sha256(link), link)
        ON CONFLICT ON CONSTRAINT run_heads_pkey DO UPDATE SET
            run_seq = head.run_seq + 1,
            chain_sha256 = sha256(head.chain_sha256 || excluded.body_sha256),
            body_sha256 = excluded.body_sha256
        RETURNING head.run_seq, head.chain_sha256 INTO place, chain;
    END IF;
    INSERT INTO ledger.events (event_id, kind, task_id, run_id, run_seq, team, agent, actor, model_source,
        happened_at, cost_usd, body, chain_sha256)
    VALUES (event_id, kind, task_id, run_id, place, team, agent, actor, model_source,
        happened_at, cost_usd, body, chain)
    RETURNING seq INTO appended;
    RETURN appended;
END
$$;

CREATE OR REPLACE FUNCTION ledger.append(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, cost_usd numeric, body text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
BEGIN
    RETURN ledger.put(event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at, cost_usd, body);
END
$$;

-- Appends what the ledger itself has to say beside another event: its id is that event's with a number.
CREATE FUNCTION ledger.append_own(
    beside text, place integer, kind text, task_id text, team text, agent text, happened_at timestamptz, payload text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    event_id text := beside || '-' || place;
BEGIN
    PERFORM ledger.put(event_id, kind, task_id, NULL, team, agent, 'service:ledger', NULL, happened_at, NULL,
        '{"actor":"service:ledger","agent":' || coalesce(to_json(agent)::text, 'null')
        || ',"cost_usd":null,"event_id":' || to_json(event_id)::text
        || ',"happened_at":"' || to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","kind":"' || kind || '","model_source":null,"payload":' || payload
        || ',"run_id":null,"task_id":' || coalesce(to_json(task_id)::text, 'null')
        || ',"team":' || coalesce(to_json(team)::text, 'null') || '}');
END
$$;

-- The share of a limit that is told of next; after the last one there is none.
CREATE FUNCTION ledger.next_percent(told_percent smallint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN told_percent < 50 THEN 50::bigint WHEN told_percent < 80 THEN 80 WHEN told_percent < 100 THEN 100
        ELSE 1000000000 END
$$;

-- Carries out many acts in one transaction: `append` an event, `intend` (gate, budgets, intent) or `settle` (outcome,
-- cost). Acts do not hang together: one that is refused leaves the others as they are. No two of them may be of one run.
-- `batch` is {"acts": [...], "budgets": [...]}; an act names its budgets by their places in `budgets`, which must be
-- sorted by scope and period: everybody locks in that order, so that nobody waits in a circle.
-- Gives one row an act, in order. Verdicts: ok; budget (detail: scope, limit, committed, unit); paused (detail: who);
-- closed (no such open intent). The planner is told what to do because it knows nothing yet when a ledger is young.
CREATE FUNCTION ledger.write(batch jsonb) RETURNS TABLE (verdict text, detail text[]) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET jit = off SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_variable
DECLARE
    ops text[];
    intent_ids text[];
    costs numeric[];
    reserves numeric[];
    teams text[];
    agents text[];          -- 'team/agent'
    slots jsonb[];          -- of each act: its places in the arrays below
    allowed jsonb[];        -- of each intent: [dollars, calls] it may find at each of its slots
    limit_usd numeric;
    limit_calls integer;
    scopes text[];
    periods text[];
    limits_usd numeric[];
    limits_calls integer[];
    reserved numeric[];
    spent numeric[];
    calls integer[];
    told integer[];
    drawn boolean[];        -- whether an act that was let through draws on it
    halted text[];
    closed_ids text[];
    closed_usd numeric[];
    released numeric;
    made boolean := false;
    slot integer;
    percent integer;
    reached integer;
    found integer;
    kept integer[] := '{}';
    tellings jsonb := '[]';
    own jsonb;
    number integer := 0;
BEGIN
    PERFORM pg_current_xact_id();
    SELECT array_agg(act.op), array_agg(act.intent_id), array_agg(coalesce(act.cost_usd, 0)), array_agg(act.reserve_usd),
        array_agg(act.team), array_agg(act.team || '/' || act.agent), array_agg(act.slots), array_agg(act.limits)
    INTO ops, intent_ids, costs, reserves, teams, agents, slots, allowed
    FROM jsonb_to_recordset(batch -> 'acts') AS act (
        op text, intent_id text, cost_usd numeric, reserve_usd numeric, team text, agent text, slots jsonb,
        limits jsonb
    );

    IF 'settle' = ANY (ops) THEN
        WITH closed AS (
            DELETE FROM ledger.open_intents AS intent WHERE intent.event_id = ANY (intent_ids)
            RETURNING intent.event_id, intent.reserved_usd
        )
        SELECT array_agg(closed.event_id), array_agg(closed.reserved_usd) INTO closed_ids, closed_usd FROM closed;
    END IF;
    IF 'intend' = ANY (ops) THEN
        SELECT array_agg(paused.name) INTO halted
        FROM (
            SELECT agent.agent AS name, agent.status, agent.paused_until FROM state.agents AS agent
            WHERE agent.agent = ANY (agents)
            UNION ALL
            SELECT team.team, team.status, team.paused_until FROM state.teams AS team WHERE team.team = ANY (teams)
        ) AS paused
        WHERE paused.status = 'paused' AND (paused.paused_until IS NULL OR paused.paused_until > clock_timestamp());
    END IF;
    FOR turn IN 1 .. 2 LOOP
        EXIT WHEN jsonb_array_length(batch -> 'budgets') = 0;
        SELECT array_agg(held.scope), array_agg(held.period), array_agg(held.limit_usd), array_agg(held.limit_calls),
            array_agg(held.reserved_usd), array_agg(held.spent_usd), array_agg(held.calls), array_agg(held.told_percent)
        INTO scopes, periods, limits_usd, limits_calls, reserved, spent, calls, told
        FROM (
            SELECT budget.scope, budget.period, budget.limit_usd, budget.limit_calls, budget.reserved_usd,
                budget.spent_usd, budget.calls, budget.told_percent::integer AS told_percent
            FROM ROWS FROM (jsonb_to_recordset(batch -> 'budgets') AS (scope text, period text)) WITH ORDINALITY
                AS wanted (scope, period, place)
            JOIN state.budgets AS budget ON budget.scope = wanted.scope AND budget.period = wanted.period
            ORDER BY wanted.place
            FOR UPDATE OF budget
        ) AS held;
        EXIT WHEN cardinality(scopes) = jsonb_array_length(batch -> 'budgets');
        INSERT INTO state.budgets AS budget
            (scope, period, limit_usd, limit_calls, reserved_usd, spent_usd, calls, told_percent)
        SELECT wanted.scope, wanted.period, NULL, NULL, 0, 0, 0, CASE WHEN wanted.period = 'task' THEN 100 ELSE 0 END
        FROM jsonb_to_recordset(batch -> 'budgets') AS wanted (scope text, period text)
        ORDER BY wanted.scope, wanted.period
        ON CONFLICT ON CONSTRAINT budgets_pkey DO NOTHING;
        made := true;
    END LOOP;

    -- filled first: an array that grows from its middle would not line up with the others
    drawn := array_fill(false, ARRAY[coalesce(cardinality(scopes), 0)]);
    FOR place IN 1 .. cardinality(ops) LOOP
        verdict := 'ok';
        detail := NULL;
        IF ops[place] = 'intend' THEN
            IF halted IS NOT NULL AND (teams[place] = ANY (halted) OR agents[place] = ANY (halted)) THEN
                verdict := 'paused';
                detail := ARRAY[CASE WHEN teams[place] = ANY (halted) THEN teams[place] ELSE agents[place] END];
                RETURN NEXT;
                CONTINUE;
            END IF;
            FOR each IN 0 .. jsonb_array_length(slots[place]) - 1 LOOP
                slot := slots[place] -> each;
                limit_usd := allowed[place] -> each ->> 0;
                limit_calls := allowed[place] -> each ->> 1;
                IF spent[slot] + reserved[slot] + reserves[place] > limit_usd THEN
                    verdict := 'budget';
                    detail := ARRAY[scopes[slot], limit_usd::text, (spent[slot] + reserved[slot])::text, 'usd'];
                    EXIT;
                ELSIF calls[slot] >= limit_calls THEN
                    verdict := 'budget';
                    detail := ARRAY[scopes[slot], limit_calls::text, calls[slot]::text, 'calls'];
                    EXIT;
                END IF;
            END LOOP;
            IF verdict = 'budget' THEN
                -- a day's budget that is out halts whom it is for, at once and for the rest of the day
                IF periods[slot] <> 'task' AND split_part(scopes[slot], ':', 1) IN ('agent', 'team') THEN
                    tellings := tellings || jsonb_build_object('by', place, 'halts', split_part(scopes[slot], ':', 2));
                    halted := halted || split_part(scopes[slot], ':', 2);
                END IF;
                RETURN NEXT;
                CONTINUE;
            END IF;
        ELSIF ops[place] = 'settle' THEN
            found := array_position(closed_ids, intent_ids[place]);
            IF found IS NULL THEN
                verdict := 'closed';
                detail := ARRAY[intent_ids[place]];
                RETURN NEXT;
                CONTINUE;
            END IF;
            released := closed_usd[found];
            closed_ids[found] := NULL;
        END IF;
        kept := kept || place;
        FOR each IN 0 .. jsonb_array_length(slots[place]) - 1 LOOP
            slot := slots[place] -> each;
            drawn[slot] := true;
            IF ops[place] = 'intend' THEN
                limits_usd[slot] := allowed[place] -> each ->> 0;
                limits_calls[slot] := allowed[place] -> each ->> 1;
                reserved[slot] := reserved[slot] + reserves[place];
                calls[slot] := calls[slot] + 1;
            ELSE
                reserved[slot] := reserved[slot] - released;
                spent[slot] := spent[slot] + costs[place];
            END IF;
            CONTINUE WHEN told[slot] = 100;
            percent := greatest(
                CASE WHEN limits_usd[slot] > 0 THEN least(floor(100 * spent[slot] / limits_usd[slot]), 100) END,
                CASE WHEN limits_calls[slot] > 0 THEN least(100 * calls[slot]::bigint / limits_calls[slot], 100) END
            );
            CONTINUE WHEN percent IS NULL OR percent < 50;
            FOREACH reached IN ARRAY ARRAY[50, 80, 100] LOOP
                IF percent >= reached AND told[slot] < reached THEN
                    told[slot] := reached;
                    tellings := tellings || jsonb_build_object('by', place, 'slot', slot, 'percent', reached,
                        'spent_usd', spent[slot]::numeric(18, 6)::text, 'calls', calls[slot]);
                END IF;
            END LOOP;
        END LOOP;
        RETURN NEXT;
    END LOOP;

    IF scopes IS NOT NULL THEN
        UPDATE state.budgets AS budget SET
            limit_usd = changed.limit_usd,
            limit_calls = changed.limit_calls,
            reserved_usd = changed.reserved_usd,
            spent_usd = changed.spent_usd,
            calls = changed.calls,
            told_percent = changed.told_percent
        FROM unnest(scopes, periods, limits_usd, limits_calls, reserved, spent, calls, told, drawn)
            AS changed (scope, period, limit_usd, limit_calls, reserved_usd, spent_usd, calls, told_percent, drawn)
        WHERE changed.drawn AND budget.scope = changed.scope AND budget.period = changed.period;
    END IF;
    IF made AND cardinality(kept) < cardinality(ops) THEN  -- what was refused leaves no budget behind
        DELETE FROM state.budgets AS budget
        USING unnest(scopes, periods, drawn) AS named (scope, period, drawn)
        WHERE NOT named.drawn AND budget.scope = named.scope AND budget.period = named.period
            AND budget.calls = 0 AND budget.spent_usd = 0 AND (budget.told_percent = 0 OR budget.period = 'task');
    END IF;
    IF 'intend' = ANY (ops) THEN
        INSERT INTO ledger.open_intents (event_id, kind, task_id, run_id, team, agent, call_id, scopes, periods,
            reserved_usd, intended_at, expires_at)
        SELECT act.event_id, act.kind, act.task_id, act.run_id, act.team, act.agent, act.call_id,
            ARRAY(SELECT scopes[drawn.slot::integer] FROM jsonb_array_elements(act.slots) AS drawn (slot)),
            ARRAY(SELECT periods[drawn.slot::integer] FROM jsonb_array_elements(act.slots) AS drawn (slot)),
            act.reserve_usd, act.happened_at, clock_timestamp() + make_interval(secs => act.expires_seconds)
        FROM ROWS FROM (jsonb_to_recordset(batch -> 'acts') AS (
            op text, event_id text, kind text, task_id text, run_id text, team text, agent text, call_id text,
            happened_at timestamptz, reserve_usd numeric, slots jsonb, expires_seconds integer
        )) WITH ORDINALITY AS act (op, event_id, kind, task_id, run_id, team, agent, call_id, happened_at, reserve_usd,
            slots, expires_seconds, place)
        WHERE act.op = 'intend' AND act.place = ANY (kept);
    END IF;
    WITH event AS MATERIALIZED (
        SELECT act.*
        FROM ROWS FROM (jsonb_to_recordset(batch -> 'acts') AS (
            event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
            happened_at timestamptz, cost_usd numeric, body text
        )) WITH ORDINALITY AS act (event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at,
            cost_usd, body, place)
        WHERE act.place = ANY (kept)
    ), head AS (
        INSERT INTO ledger.run_heads AS head (run_id, run_seq, chain_sha256, body_sha256)
        SELECT event.run_id, 1, sha256(sha256(convert_to(event.body, 'UTF8'))), sha256(convert_to(event.body, 'UTF8'))
        FROM event
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
    SELECT event.event_id, event.kind, event.task_id, event.run_id, head.run_seq, event.team, event.agent, event.actor,
        event.model_source, event.happened_at, event.cost_usd, event.body, head.chain_sha256
    FROM event
    LEFT JOIN head ON head.run_id = event.run_id
    ORDER BY event.place;

    FOR own IN SELECT jsonb_array_elements(tellings) LOOP
        number := number + 1;
        slot := own -> 'slot';
        PERFORM ledger.tell(batch -> 'acts' -> ((own ->> 'by')::integer - 1), number, own, scopes[slot], periods[slot],
            limits_usd[slot], limits_calls[slot]);
    END LOOP;
END
$$;

-- The short way for an intent that comes alone, is allowed, and passes no threshold; any other (MU005) goes through
-- ledger.write, which alone knows what a refusal or a threshold leads to.
CREATE FUNCTION ledger.intend_alone(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, body text, call_id text, reserve_usd numeric, expires_seconds integer, draws jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog SET jit = off SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_variable
DECLARE
    scopes text[];
    periods text[];
    drawn integer;
    opened integer;
BEGIN
    PERFORM FROM state.agents AS paused WHERE paused.agent = team || '/' || agent AND paused.status = 'paused'
    UNION ALL
    SELECT FROM state.teams AS paused WHERE paused.team = team AND paused.status = 'paused';
    IF FOUND THEN
        RAISE EXCEPTION 'the long way' USING ERRCODE = 'MU005';
    END IF;
    SELECT coalesce(array_agg(draw ->> 'scope'), '{}'), coalesce(array_agg(draw ->> 'period'), '{}')
    INTO scopes, periods FROM jsonb_array_elements(draws) AS draw;
    UPDATE state.budgets AS budget SET
        limit_usd = wanted.limit_usd,
        limit_calls = wanted.limit_calls,
        reserved_usd = budget.reserved_usd + reserve_usd,
        calls = budget.calls + 1
    FROM jsonb_to_recordset(draws) AS wanted (scope text, period text, limit_usd numeric, limit_calls integer)
    WHERE budget.scope = wanted.scope AND budget.period = wanted.period
        AND (wanted.limit_usd IS NULL OR (
            budget.spent_usd + budget.reserved_usd + reserve_usd <= wanted.limit_usd
            AND budget.spent_usd * 100 < wanted.limit_usd * ledger.next_percent(budget.told_percent)
        ))
        AND (wanted.limit_calls IS NULL OR (
            budget.calls < wanted.limit_calls
            AND (budget.calls + 1)::bigint * 100 < wanted.limit_calls * ledger.next_percent(budget.told_percent)
        ));
    GET DIAGNOSTICS drawn = ROW_COUNT;
    IF drawn < cardinality(scopes) THEN
        INSERT INTO state.budgets AS budget
            (scope, period, limit_usd, limit_calls, reserved_usd, spent_usd, calls, told_percent)
        SELECT wanted.scope, wanted.period, wanted.limit_usd, wanted.limit_calls, reserve_usd, 0, 1,
            CASE WHEN wanted.period = 'task' THEN 100 ELSE 0 END
        FROM jsonb_to_recordset(draws) AS wanted (scope text, period text, limit_usd numeric, limit_calls integer)
        WHERE (wanted.limit_usd IS NULL OR reserve_usd <= wanted.limit_usd)
            AND (wanted.limit_calls > 2 OR (wanted.period = 'task' AND wanted.limit_calls > 0)) IS NOT FALSE
        ON CONFLICT ON CONSTRAINT budgets_pkey DO NOTHING;
        GET DIAGNOSTICS opened = ROW_COUNT;
        IF drawn + opened < cardinality(scopes) THEN
            RAISE EXCEPTION 'the long way' USING ERRCODE = 'MU005';
        END IF;
    END IF;
    INSERT INTO ledger.open_intents (event_id, kind, task_id, run_id, team, agent, call_id, scopes, periods,
        reserved_usd, intended_at, expires_at)
    VALUES (event_id, kind, task_id, run_id, team, agent, call_id, scopes, periods,
        reserve_usd, happened_at, clock_timestamp() + make_interval(secs => expires_seconds));
    PERFORM ledger.put(event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at, NULL, body);
END
$$;

-- The short way for an outcome that comes alone and passes no threshold.
CREATE FUNCTION ledger.settle_alone(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, cost_usd numeric, body text, intent_id text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_variable
DECLARE
    intent record;
BEGIN
    DELETE FROM ledger.open_intents AS closed WHERE closed.event_id = intent_id
    RETURNING closed.scopes, closed.periods, closed.reserved_usd INTO intent;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the long way' USING ERRCODE = 'MU005';
    END IF;
    FOR place IN 1 .. cardinality(intent.scopes) LOOP
        UPDATE state.budgets AS budget SET
            reserved_usd = budget.reserved_usd - intent.reserved_usd,
            spent_usd = budget.spent_usd + coalesce(cost_usd, 0)
        WHERE budget.scope = intent.scopes[place] AND budget.period = intent.periods[place]
            AND (budget.limit_usd IS NULL OR (budget.spent_usd + coalesce(cost_usd, 0)) * 100
                < budget.limit_usd * ledger.next_percent(budget.told_percent));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the long way' USING ERRCODE = 'MU005';
        END IF;
    END LOOP;
    PERFORM ledger.put(event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at, cost_usd, body);
END
$$;

-- Records what a batch led to beside one of its acts: a threshold that was passed, or somebody who was halted.
CREATE FUNCTION ledger.tell(
    act jsonb, number integer, telling jsonb, scope text, period text, limit_usd numeric, limit_calls integer
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    halts text := telling ->> 'halts';
    at timestamptz := (act ->> 'happened_at')::timestamptz;
    midnight timestamptz := (date_trunc('day', at AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC';
BEGIN
    IF halts IS NULL THEN
        PERFORM ledger.append_own(act ->> 'event_id', number, 'budget.threshold_crossed', act ->> 'task_id',
            act ->> 'team', act ->> 'agent', at,
            '{"calls":' || (telling ->> 'calls')
            || ',"limit_calls":' || coalesce(limit_calls::text, 'null')
            || ',"limit_usd":' || coalesce('"' || limit_usd::numeric(18, 6) || '"', 'null')
            || ',"percent":' || (telling ->> 'percent')
            || ',"period":' || to_json(period)
            || ',"scope":' || to_json(scope)
            || ',"spent_usd":"' || (telling ->> 'spent_usd') || '"}');
        RETURN;
    END IF;
    IF strpos(halts, '/') > 0 THEN
        INSERT INTO state.agents AS agent (agent, status, reason, paused_until)
        VALUES (halts, 'paused', 'budget_out', midnight)
        ON CONFLICT ON CONSTRAINT agents_pkey DO UPDATE SET
            status = 'paused', reason = 'budget_out', paused_until = midnight;
    ELSE
        UPDATE state.teams AS team SET status = 'paused', reason = 'budget_out', paused_until = midnight
        WHERE team.team = halts;
    END IF;
    PERFORM ledger.append_own(act ->> 'event_id', number, 'agent.paused', act ->> 'task_id',
        act ->> 'team', act ->> 'agent', at,
        '{"paused_until":"' || to_char(midnight AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        || '","reason":"budget_out","who":' || to_json(halts) || '}');
END
$$;

-- Gives back what a lost intent held and records that; false when it was settled or abandoned by somebody else.
-- Its calls stay counted: whether the act happened is not known.
CREATE FUNCTION ledger.abandon(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, body text, intent_id text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
    intent ledger.open_intents;
BEGIN
    PERFORM pg_current_xact_id();
    SELECT lost.* INTO intent FROM ledger.open_intents AS lost
    WHERE lost.event_id = intent_id AND lost.abandoned_at IS NULL
    FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM unnest(intent.scopes, intent.periods) AS drawn (scope, period)
    JOIN state.budgets AS budget ON budget.scope = drawn.scope AND budget.period = drawn.period
    ORDER BY drawn.scope, drawn.period
    FOR UPDATE OF budget;
    UPDATE state.budgets AS budget SET reserved_usd = budget.reserved_usd - intent.reserved_usd
    FROM unnest(intent.scopes, intent.periods) AS drawn (scope, period)
    WHERE budget.scope = drawn.scope AND budget.period = drawn.period;
    UPDATE ledger.open_intents AS lost SET reserved_usd = 0, abandoned_at = happened_at
    WHERE lost.event_id = intent_id;
    PERFORM ledger.put(event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at, NULL, body);
    RETURN true;
END
$$;

-- Landing many events by COPY: the heads of their runs are held, the events copied, the heads moved on.
CREATE FUNCTION ledger.hold_heads(runs text[]) RETURNS SETOF ledger.run_heads LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_current_xact_id();
    RETURN QUERY SELECT head.* FROM ledger.run_heads AS head WHERE head.run_id = ANY (runs)
        ORDER BY head.run_id FOR UPDATE;
END
$$;
CREATE FUNCTION ledger.move_heads(heads jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog AS $$
    INSERT INTO ledger.run_heads AS head (run_id, run_seq, chain_sha256, body_sha256)
    SELECT moved.run_id, moved.run_seq, decode(moved.chain_sha256, 'hex'), decode(moved.body_sha256, 'hex')
    FROM jsonb_to_recordset(heads) AS moved (run_id text, run_seq integer, chain_sha256 text, body_sha256 text)
    ORDER BY moved.run_id
    ON CONFLICT (run_id) DO UPDATE SET
        run_seq = excluded.run_seq, chain_sha256 = excluded.chain_sha256, body_sha256 = excluded.body_sha256
$$;

-- The last place in the order that was given away, and a transaction number later than whoever was given it.
CREATE FUNCTION ledger.horizon(OUT last_seq bigint, OUT xid xid8) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
    -- two statements on purpose: the snapshot must be younger than the look at the sequence
    SELECT CASE WHEN places.is_called THEN places.last_value ELSE 0 END INTO last_seq FROM ledger.events_seq_seq AS places;
    SELECT pg_snapshot_xmax(pg_current_snapshot()) INTO xid;
END
$$;
CREATE FUNCTION ledger.ended_before(xid xid8) RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog AS $$ SELECT pg_snapshot_xmin(pg_current_snapshot()) >= xid $$;

-- Takes a whole month out of the table, as it is. MU004: it may not go yet (detail: why).
CREATE FUNCTION ledger.detach_month(month date, floor_days integer) RETURNS ledger.detached_months LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
    partition text := 'events_' || to_char(month, 'YYYY_MM');
    gone ledger.detached_months;
BEGIN
    IF month <> date_trunc('month', month)::date OR to_regclass('ledger.' || partition) IS NULL THEN
        RAISE EXCEPTION 'no such month' USING ERRCODE = 'MU004', DETAIL = 'there is no month ' || month;
    END IF;
    IF (month + interval '1 month')::date > (clock_timestamp() AT TIME ZONE 'UTC')::date - greatest(floor_days, 180) THEN
        RAISE EXCEPTION 'too young' USING ERRCODE = 'MU004',
            DETAIL = 'its last day is not yet ' || greatest(floor_days, 180) || ' days ago';
    END IF;
    EXECUTE format('SELECT %L::date, %L, min(seq), max(seq), count(*), clock_timestamp() FROM ledger.%I',
        month, partition, partition) INTO gone;
    IF gone.last_seq > (SELECT coalesce(max(seal.last_seq), 0) FROM ledger.seals AS seal) THEN
        RAISE EXCEPTION 'not sealed' USING ERRCODE = 'MU004', DETAIL = 'it holds events that are not sealed';
    END IF;
    EXECUTE format('ALTER TABLE ledger.events DETACH PARTITION ledger.%I', partition);
    EXECUTE format('CREATE TRIGGER events_are_final BEFORE UPDATE OR DELETE ON ledger.%I '
        'FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change()', partition);
    EXECUTE format('GRANT SELECT ON ledger.%I TO muster_writer, muster_reader', partition);
    IF gone.events > 0 THEN
        INSERT INTO ledger.detached_months SELECT gone.*;
    END IF;
    RETURN gone;
END
$$;

-- An owner nobody signs in as: whoever migrates takes the role for that time only.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_owner') THEN
        CREATE ROLE muster_owner NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_loader') THEN
        CREATE ROLE muster_loader NOLOGIN;
    END IF;
    EXECUTE format('GRANT muster_owner, muster_loader TO %I', current_user);
    EXECUTE format('GRANT CREATE ON DATABASE %I TO muster_owner', current_database());
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM public;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger, state TO muster_writer, muster_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA state TO muster_writer;
GRANT INSERT ON ledger.seals, ledger.tree, ledger.keys, ledger.timestamps, ledger.mirror_files TO muster_writer;
GRANT EXECUTE ON FUNCTION ledger.ensure_month, ledger.append, ledger.write, ledger.abandon,
    ledger.intend_alone, ledger.settle_alone,
    ledger.horizon, ledger.ended_before, ledger.detach_month TO muster_writer;
GRANT USAGE ON SCHEMA ledger TO muster_loader;
GRANT INSERT (event_id, kind, task_id, run_id, run_seq, team, agent, actor, model_source, happened_at, cost_usd, body,
    chain_sha256) ON ledger.events TO muster_loader;
GRANT EXECUTE ON FUNCTION ledger.hold_heads, ledger.move_heads, ledger.ensure_month TO muster_loader;

DO $$
DECLARE
    thing record;
BEGIN
    ALTER SCHEMA ledger OWNER TO muster_owner;
    ALTER SCHEMA state OWNER TO muster_owner;
    FOR thing IN
        SELECT pg_class.oid::regclass AS name FROM pg_class
        WHERE relnamespace IN ('ledger'::regnamespace, 'state'::regnamespace) AND relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO muster_owner', thing.name);
    END LOOP;
    FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO muster_owner', thing.name);
    END LOOP;
    EXECUTE format('REVOKE CREATE ON DATABASE %I FROM muster_owner', current_database());
END
$$;
