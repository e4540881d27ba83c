-- What waits for a person's word: one act of one run, bound to its tool and arguments.
CREATE TABLE state.approvals (
    approval_id text PRIMARY KEY,
    call_id text NOT NULL,
    call_sha256 text NOT NULL,
    task_id text,
    run_id text,
    team text NOT NULL,
    agent text NOT NULL,
    tool text NOT NULL,
    arguments jsonb NOT NULL,
    rules text [] NOT NULL,
    reasons text [] NOT NULL,
    origins jsonb NOT NULL,
    summary text NOT NULL,
    amount numeric(18, 6),
    currency text,
    status text NOT NULL CHECK (status IN ('open', 'approved', 'rejected', 'expired', 'used')),
    requested_at timestamptz NOT NULL,
    expires_at timestamptz,
    decided_at timestamptz,
    decided_by text,
    note text,
    used_at timestamptz
);
CREATE INDEX approvals_call_idx ON state.approvals (run_id, call_sha256);
CREATE INDEX approvals_open_idx ON state.approvals (requested_at) WHERE status = 'open';

-- Calls of the last moments, for limits over a sliding window.
CREATE TABLE state.rate_marks (
    agent text NOT NULL,
    tool text NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX rate_marks_idx ON state.rate_marks (agent, made_at) INCLUDE (tool);

-- Marks one call in every limit it counts in, or tells which are used up; all gateways share the marks.
CREATE FUNCTION state.take_rate(
    agent text, tool text, patterns text [], calls integer [], seconds double precision [], keep_seconds double precision
)
RETURNS TABLE (place integer, frees_at timestamptz)
LANGUAGE plpgsql
SET search_path = pg_catalog
AS $$
#variable_conflict use_variable
DECLARE
    moment timestamptz;
    taken integer;
    oldest timestamptz;
    is_full boolean := false;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);  -- a mark lost in a crash is no loss
    PERFORM pg_advisory_xact_lock(hashtextextended('muster.rate/' || agent, 0));
    moment := clock_timestamp();
    DELETE FROM state.rate_marks AS mark
    WHERE mark.agent = agent AND mark.made_at <= moment - make_interval(secs => keep_seconds);
    FOR n IN 1 .. cardinality(patterns) LOOP
        SELECT count(*), min(newest.made_at) INTO taken, oldest FROM (
            SELECT mark.made_at FROM state.rate_marks AS mark
            WHERE mark.agent = agent AND mark.tool LIKE patterns[n]
                AND mark.made_at > moment - make_interval(secs => seconds[n])
            ORDER BY mark.made_at DESC LIMIT calls[n]
        ) AS newest;
        IF taken >= calls[n] THEN
            is_full := true;
            place := n;
            frees_at := oldest + make_interval(secs => seconds[n]);
            RETURN NEXT;
        END IF;
    END LOOP;
    IF NOT is_full THEN
        INSERT INTO state.rate_marks (agent, tool, made_at) VALUES (agent, tool, moment);
    END IF;
END
$$;

-- Money that acts committed: what an agent or a payee had today is one look.
CREATE TABLE state.commitments (
    intent_id text NOT NULL,
    payee text NOT NULL,
    agent text NOT NULL,
    payment text NOT NULL,
    amount numeric(18, 6) NOT NULL,
    currency text NOT NULL,
    approved boolean NOT NULL,
    declined boolean NOT NULL DEFAULT false,
    committed_at timestamptz NOT NULL,
    PRIMARY KEY (intent_id, payee)
);
CREATE INDEX commitments_payee_idx ON state.commitments (payee, committed_at);
CREATE INDEX commitments_agent_idx ON state.commitments (agent, committed_at);

-- Calls a run may make once only: the same call id a second time breaks the key, and with it the intent.
CREATE TABLE state.calls_made_once (
    run_id text NOT NULL,
    call_id text NOT NULL,
    PRIMARY KEY (run_id, call_id)
);

-- What agents wrote into systems that nobody vouches for: reading it back proves nothing.
CREATE TABLE state.written_values (
    server text NOT NULL,
    value_sha256 text NOT NULL,
    PRIMARY KEY (server, value_sha256)
);

-- Money, unvouched values and calls made once are kept in step with the record by a trigger: an intent that carries them
-- shares its commit with others and takes no trip to the database more.
CREATE FUNCTION state.follow_calls() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    payload jsonb := NEW.body::jsonb -> 'payload';
BEGIN
    IF NEW.kind = 'tool_call.settled' THEN
        UPDATE state.commitments SET declined = true WHERE intent_id = payload ->> 'intent_id';
        RETURN NULL;
    END IF;
    IF payload -> 'once' = 'true' AND NEW.run_id IS NOT NULL THEN
        INSERT INTO state.calls_made_once (run_id, call_id) VALUES (NEW.run_id, payload ->> 'call_id');
    END IF;
    IF jsonb_typeof(payload -> 'commits') = 'object' THEN
        INSERT INTO state.commitments
            (intent_id, payee, agent, payment, amount, currency, approved, committed_at)
        SELECT
            NEW.event_id, paid.payee, NEW.team || '/' || NEW.agent,
            coalesce(payload #>> '{commits,payment}', NEW.event_id), (payload #>> '{commits,amount}')::numeric,
            payload #>> '{commits,currency}', payload ->> 'approval_id' IS NOT NULL, NEW.happened_at
        FROM (
            SELECT jsonb_array_elements_text(payload #> '{commits,payees}')
            UNION
            SELECT '' WHERE payload #> '{commits,payees}' = '[]'
        ) AS paid (payee);
    END IF;
    IF jsonb_typeof(payload -> 'unvouched_sha256') = 'array' THEN
        INSERT INTO state.written_values (server, value_sha256)
        SELECT split_part(payload ->> 'tool', '__', 1), digest
        FROM jsonb_array_elements_text(payload -> 'unvouched_sha256') AS digest
        ORDER BY digest
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER events_calls AFTER INSERT ON ledger.events FOR EACH ROW WHEN (
    (
        NEW.kind = 'tool_call.intended' AND (
            NEW.body LIKE '%"once":true%' OR NEW.body LIKE '%"unvouched_sha256":["%' OR NEW.body LIKE '%"commits":{%'
        )
    )
    OR (NEW.kind = 'tool_call.settled' AND NEW.body LIKE '%"status":"tool_error"%')
) EXECUTE FUNCTION state.follow_calls();

-- People and programs outside the teams that use governed tools.
CREATE TABLE state.clients (
    client text PRIMARY KEY,
    owner text NOT NULL,
    tier text NOT NULL,
    phase text NOT NULL,
    tools text [] NOT NULL,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'revoked')),
    granted_at timestamptz NOT NULL
);

ALTER TABLE state.gateway_tokens ADD COLUMN client boolean NOT NULL DEFAULT false;
ALTER TABLE state.gateway_tokens ADD COLUMN label text;
ALTER TABLE state.tool_registry ADD COLUMN capabilities text NOT NULL DEFAULT '';
ALTER TABLE state.tool_registry ADD COLUMN proposed jsonb;

ALTER TABLE state.commitments OWNER TO muster_owner;
ALTER TABLE state.written_values OWNER TO muster_owner;
ALTER TABLE state.calls_made_once OWNER TO muster_owner;
ALTER FUNCTION state.follow_calls OWNER TO muster_owner;
ALTER FUNCTION state.take_rate OWNER TO muster_owner;
GRANT USAGE ON SCHEMA state TO muster_owner;
GRANT EXECUTE ON FUNCTION state.take_rate TO muster_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA state TO muster_writer, muster_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA state TO muster_writer;
