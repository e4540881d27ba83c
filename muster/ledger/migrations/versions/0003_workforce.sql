-- Who is halted, what waits for whom, and the written decisions agents work by, as versions.

-- `fleet` stands among the agents for all of them. Somebody who is draining ends what is in hand and takes nothing new.
ALTER TABLE state.agents DROP CONSTRAINT agents_status_check,
    ADD CONSTRAINT agents_status_check CHECK (status IN ('active', 'paused', 'draining'));
ALTER TABLE state.teams DROP CONSTRAINT teams_status_check,
    ADD CONSTRAINT teams_status_check CHECK (status IN ('active', 'paused', 'draining'));

-- A task is not taken before ready_at; one that waits says for whose halt to end.
ALTER TABLE state.tasks
    ADD COLUMN ready_at timestamptz,
    ADD COLUMN waiting_for text,
    ADD COLUMN transaction_type text NOT NULL DEFAULT '';
CREATE INDEX tasks_waiting_idx ON state.tasks (waiting_for) WHERE status = 'waiting';

-- An agent has a general prompt ('') and others for kinds of work; each has versions of its own.
ALTER TABLE state.prompt_versions
    ADD COLUMN transaction_type text NOT NULL DEFAULT '',
    ADD COLUMN origin text NOT NULL DEFAULT 'files' CHECK (origin IN ('files', 'hand')),
    DROP CONSTRAINT prompt_versions_pkey,
    ADD CONSTRAINT prompt_versions_pkey PRIMARY KEY (agent, transaction_type, version);
-- The version agents get; where none was activated it is the newest.
CREATE TABLE state.active_prompts (
    agent text NOT NULL,
    transaction_type text NOT NULL,
    version integer NOT NULL,
    previous_version integer,
    activated_at timestamptz NOT NULL,
    PRIMARY KEY (agent, transaction_type)
);

CREATE TABLE state.policy_versions (
    name text NOT NULL,
    version integer NOT NULL,
    sha256 text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (name, version),
    UNIQUE (name, sha256)
);

CREATE TABLE state.agent_phases (
    agent text PRIMARY KEY,
    phase text NOT NULL CHECK (phase IN ('co-pilot', 'edge', 'core')),
    cause text NOT NULL CHECK (cause IN ('evidence', 'breach', 'person')),
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    since timestamptz NOT NULL
);

GRANT SELECT ON ALL TABLES IN SCHEMA state TO muster_writer, muster_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA state TO muster_writer;

ALTER TABLE state.active_prompts OWNER TO muster_owner;
ALTER TABLE state.policy_versions OWNER TO muster_owner;
ALTER TABLE state.agent_phases OWNER TO muster_owner;

-- The writing functions stay as they are but for the lines that ask who is paused.
DO $do$
DECLARE
    edit record;
    before text;
    after text;
BEGIN
    FOR edit IN SELECT * FROM (VALUES
        (
            'ledger.write(jsonb)'::regprocedure,
            $$WHERE agent.agent = ANY (agents)$$,
            $$WHERE agent.agent = ANY (agents || 'fleet'::text)$$
        ),
        (
            'ledger.write(jsonb)',
            $$IF halted IS NOT NULL AND (teams[place] = ANY (halted) OR agents[place] = ANY (halted)) THEN$$,
            $$IF halted && ARRAY[teams[place], agents[place], 'fleet'] THEN$$
        ),
        (
            'ledger.write(jsonb)',
            $$ARRAY[CASE WHEN teams[place] = ANY (halted) THEN teams[place] ELSE agents[place] END]$$,
            $$ARRAY[CASE WHEN 'fleet' = ANY (halted) THEN 'fleet' WHEN teams[place] = ANY (halted) THEN teams[place]
                    ELSE agents[place] END]$$
        ),
        (
            (SELECT oid FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace AND proname = 'intend_alone'),
            $$WHERE paused.agent = team || '/' || agent AND paused.status = 'paused'$$,
            $$WHERE paused.agent IN (team || '/' || agent, 'fleet') AND paused.status = 'paused'$$
        )
    ) AS edits (function, old, new) LOOP
        before := pg_get_functiondef(edit.function);
        after := replace(before, edit.old, edit.new);
        IF after = before THEN
            RAISE EXCEPTION '% has no line to change: %', edit.function::regprocedure, edit.old;
        END IF;
        EXECUTE after;
    END LOOP;
END
$do$;
