-- The record (schema ledger) and the present (schema state).

CREATE SCHEMA ledger;
CREATE SCHEMA state;

-- Every event of the company, once, for good. `body` is the event as RFC 8785 canonical JSON: what is hashed, and what
-- counts; the other columns repeat parts of it for searching.
CREATE TABLE ledger.events (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    event_id text NOT NULL,
    kind text NOT NULL,
    task_id text,
    run_id text,
    run_seq integer,
    team text,
    agent text,
    actor text NOT NULL,
    model_source text,
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cost_usd numeric(18, 6),
    body text NOT NULL,
    chain_sha256 bytea,
    PRIMARY KEY (seq, recorded_at)
) PARTITION BY RANGE (recorded_at);

CREATE INDEX events_task_id_idx ON ledger.events (task_id, seq) WHERE task_id IS NOT NULL;
CREATE INDEX events_run_id_idx ON ledger.events (run_id, run_seq) WHERE run_id IS NOT NULL;
CREATE INDEX events_event_id_idx ON ledger.events (event_id);
CREATE INDEX events_kind_idx ON ledger.events (kind, recorded_at);

-- Where each run's chain of hashes stands.
CREATE TABLE ledger.run_heads (
    run_id text PRIMARY KEY,
    run_seq integer NOT NULL,
    chain_sha256 bytea NOT NULL
);

-- An intent that has no outcome yet, and what it holds back from which budgets.
CREATE TABLE ledger.open_intents (
    event_id text PRIMARY KEY,
    run_id text,
    call_id text NOT NULL,
    scopes text[] NOT NULL,
    day date NOT NULL,
    reserved_usd numeric(18, 6) NOT NULL,
    intended_at timestamptz NOT NULL
);
CREATE INDEX open_intents_run_id_idx ON ledger.open_intents (run_id);

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER events_are_final BEFORE UPDATE OR DELETE ON ledger.events
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER events_are_kept BEFORE TRUNCATE ON ledger.events
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Makes the partition of the month that `day` lies in, when it is not there yet.
CREATE FUNCTION ledger.ensure_month(day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
DECLARE
    first_day date := date_trunc('month', day)::date;
    partition text := 'events_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF to_regclass('ledger.' || quote_ident(partition)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE ledger.%I PARTITION OF ledger.events FOR VALUES FROM (%L) TO (%L)',
        partition, first_day::timestamp AT TIME ZONE 'UTC',
        (first_day + interval '1 month')::timestamp AT TIME ZONE 'UTC');
    EXECUTE format('CREATE TRIGGER events_are_kept BEFORE TRUNCATE ON ledger.%I '
        'FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()', partition);
END
$$;

-- Appends one event. An event of a run gets the next place in it and is chained to the one before:
-- chain = SHA-256(previous chain || SHA-256(body)).
CREATE FUNCTION ledger.append(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, cost_usd numeric, body text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
    place integer;
    chain bytea;
    appended bigint;
BEGIN
    IF run_id IS NOT NULL THEN
        INSERT INTO ledger.run_heads AS head (run_id, run_seq, chain_sha256)
        VALUES (run_id, 1, sha256(sha256(convert_to(body, 'UTF8'))))
        ON CONFLICT ON CONSTRAINT run_heads_pkey DO UPDATE SET
            run_seq = head.run_seq + 1,
            chain_sha256 = sha256(head.chain_sha256 || sha256(convert_to(body, 'UTF8')))
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

-- Checks the gate, reserves the budgets and appends the intent; all of it or nothing.
-- Scopes must come sorted, the same way from every caller. MU001: a budget is out (detail: scope, limit, committed). MU002: the agent or its team is paused (detail: who).
CREATE FUNCTION ledger.intend(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, body text, call_id text, reserve_usd numeric, scopes text[], limits_usd numeric[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
    day date := (happened_at AT TIME ZONE 'UTC')::date;
    place integer;
    committed numeric;
BEGIN
    PERFORM 1 FROM state.agents paused WHERE paused.agent = team || '/' || agent AND paused.status = 'paused';
    IF FOUND THEN
        RAISE EXCEPTION 'paused' USING ERRCODE = 'MU002', DETAIL = team || '/' || agent;
    END IF;
    PERFORM 1 FROM state.teams paused WHERE paused.team = team AND paused.status = 'paused';
    IF FOUND THEN
        RAISE EXCEPTION 'paused' USING ERRCODE = 'MU002', DETAIL = team;
    END IF;
    FOR place IN 1 .. coalesce(array_length(scopes, 1), 0) LOOP
        INSERT INTO state.budgets AS budget (scope, day, limit_usd, reserved_usd, spent_usd)
        VALUES (scopes[place], day, limits_usd[place], 0, 0)
        ON CONFLICT ON CONSTRAINT budgets_pkey DO UPDATE SET limit_usd = excluded.limit_usd;
        UPDATE state.budgets budget SET reserved_usd = budget.reserved_usd + reserve_usd
        WHERE budget.scope = scopes[place] AND budget.day = day
            AND budget.spent_usd + budget.reserved_usd + reserve_usd <= budget.limit_usd;
        IF NOT FOUND THEN
            SELECT budget.spent_usd + budget.reserved_usd INTO committed FROM state.budgets budget
            WHERE budget.scope = scopes[place] AND budget.day = day;
            RAISE EXCEPTION 'budget out' USING ERRCODE = 'MU001',
                DETAIL = scopes[place] || '|' || limits_usd[place] || '|' || committed;
        END IF;
    END LOOP;
    INSERT INTO ledger.open_intents
    VALUES (event_id, run_id, call_id, coalesce(scopes, '{}'), day, reserve_usd, happened_at);
    RETURN ledger.append(event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at, NULL, body);
END
$$;

-- Appends the outcome of an intent, gives back what it reserved and books what it cost.
-- MU003: there is no such open intent.
CREATE FUNCTION ledger.settle(
    event_id text, kind text, task_id text, run_id text, team text, agent text, actor text, model_source text,
    happened_at timestamptz, cost_usd numeric, body text, intent_id text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
#variable_conflict use_variable
DECLARE
    intent ledger.open_intents;
    purse text;
BEGIN
    DELETE FROM ledger.open_intents closed WHERE closed.event_id = intent_id RETURNING closed.* INTO intent;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such open intent' USING ERRCODE = 'MU003', DETAIL = intent_id;
    END IF;
    FOREACH purse IN ARRAY intent.scopes LOOP  -- in the order they were reserved in, so that nobody waits in a circle
        UPDATE state.budgets budget SET
            reserved_usd = budget.reserved_usd - intent.reserved_usd,
            spent_usd = budget.spent_usd + coalesce(cost_usd, 0)
        WHERE budget.scope = purse AND budget.day = intent.day;
    END LOOP;
    RETURN ledger.append(event_id, kind, task_id, run_id, team, agent, actor, model_source, happened_at, cost_usd,
        body);
END
$$;

-- The work queue.
CREATE TABLE state.tasks (
    task_id text PRIMARY KEY,
    source text NOT NULL,
    external_id text NOT NULL,
    team text NOT NULL,
    channel text NOT NULL,
    priority smallint NOT NULL CHECK (priority BETWEEN 0 AND 2),
    title text NOT NULL,
    content jsonb NOT NULL,
    status text NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'working', 'waiting', 'completed', 'escalated', 'failed', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    run_id text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (source, external_id)
);
CREATE INDEX tasks_open_idx ON state.tasks (team, priority, created_at, task_id)
    WHERE status IN ('queued', 'working');

CREATE TABLE state.quarantine (
    quarantine_id text PRIMARY KEY,
    channel text NOT NULL,
    source text NOT NULL,
    name text NOT NULL,
    reason text NOT NULL,
    raw bytea NOT NULL,
    raw_sha256 text NOT NULL,
    status text NOT NULL DEFAULT 'quarantined' CHECK (status IN ('quarantined', 'requeued')),
    created_at timestamptz NOT NULL,
    requeued_at timestamptz,
    UNIQUE (channel, source, raw_sha256)
);
CREATE INDEX quarantine_waiting_idx ON state.quarantine (created_at) WHERE status = 'quarantined';

CREATE TABLE state.teams (
    team text PRIMARY KEY,
    active_version integer NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused'))
);
CREATE TABLE state.team_versions (
    team text NOT NULL,
    version integer NOT NULL,
    manifest jsonb NOT NULL,
    manifest_sha256 text NOT NULL,
    deployed_at timestamptz NOT NULL,
    PRIMARY KEY (team, version)
);
CREATE TABLE state.prompt_versions (
    agent text NOT NULL,
    version integer NOT NULL,
    text text NOT NULL,
    sha256 text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agent, version)
);
CREATE TABLE state.agents (
    agent text PRIMARY KEY,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
    reason text
);
CREATE TABLE state.budgets (
    scope text NOT NULL,
    day date NOT NULL,
    limit_usd numeric(18, 6) NOT NULL,
    reserved_usd numeric(18, 6) NOT NULL CHECK (reserved_usd >= 0),
    spent_usd numeric(18, 6) NOT NULL,
    PRIMARY KEY (scope, day)
);
CREATE TABLE state.gateway_tokens (
    token_sha256 text PRIMARY KEY,
    agent text NOT NULL,
    team text NOT NULL,
    run_id text,
    task_id text,
    policy_revision text NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX gateway_tokens_run_id_idx ON state.gateway_tokens (run_id);
CREATE TABLE state.tool_registry (
    server text NOT NULL,
    tool text NOT NULL,
    definition jsonb NOT NULL,
    previous_definition jsonb,
    definition_sha256 text NOT NULL,
    effect text NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'quarantined')),
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (server, tool)
);
CREATE TABLE state.escalations (
    escalation_id text PRIMARY KEY,
    task_id text NOT NULL,
    run_id text NOT NULL,
    team text NOT NULL,
    agent text NOT NULL,
    reason text NOT NULL,
    package jsonb NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'answered')),
    raised_at timestamptz NOT NULL,
    sla_due_at timestamptz NOT NULL
);
CREATE TABLE state.kpi_daily (
    day date NOT NULL,
    team text NOT NULL,
    metrics jsonb NOT NULL,
    PRIMARY KEY (day, team)
);
CREATE TABLE state.seals (
    day date PRIMARY KEY,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    events bigint NOT NULL,
    sha256 text NOT NULL,
    made_at timestamptz NOT NULL
);

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_writer') THEN
        CREATE ROLE muster_writer NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_reader') THEN
        CREATE ROLE muster_reader NOLOGIN;
    END IF;
    EXECUTE format('GRANT muster_writer, muster_reader TO %I', current_user);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM public;
GRANT USAGE ON SCHEMA ledger, state TO muster_writer, muster_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger, state TO muster_writer, muster_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA state TO muster_writer;
GRANT EXECUTE ON FUNCTION ledger.ensure_month, ledger.append, ledger.intend, ledger.settle TO muster_writer;

SELECT ledger.ensure_month((now() AT TIME ZONE 'UTC')::date);
SELECT ledger.ensure_month(((now() AT TIME ZONE 'UTC')::date + interval '1 month')::date);
