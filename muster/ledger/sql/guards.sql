-- What should hold and does not, one sentence a row: the triggers of every table of the record, the function they call,
-- the owner, and what the roles may do.
WITH final AS (
    SELECT tables.oid, tables.oid::regclass::text AS name, guard.row_trigger, guard.table_trigger
    FROM (VALUES ('seals'), ('tree'), ('keys'), ('timestamps'), ('mirror_files'), ('detached_months')) AS kept (name)
    JOIN pg_class AS tables ON tables.relname = kept.name AND tables.relnamespace = 'ledger'::regnamespace
    CROSS JOIN LATERAL (SELECT kept.name || '_are_final' AS row_trigger, kept.name || '_are_kept' AS table_trigger) AS guard
    UNION ALL
    SELECT tables.oid, tables.oid::regclass::text, 'events_are_final', 'events_are_kept'
    FROM pg_class AS tables
    WHERE tables.relnamespace = 'ledger'::regnamespace AND tables.relkind IN ('r', 'p')
        AND tables.relname ~ '^events(_[0-9]{4}_[0-9]{2})?$'
), wanted AS (
    SELECT final.oid, final.name, final.row_trigger AS trigger FROM final
    UNION ALL
    SELECT final.oid, final.name, final.table_trigger FROM final
)
SELECT 'the trigger ' || wanted.trigger || ' on ' || wanted.name
    || CASE WHEN trigger.oid IS NULL THEN ' is gone' WHEN trigger.tgenabled NOT IN ('O', 'A') THEN ' is switched off'
        ELSE ' calls another function' END AS missing
FROM wanted
LEFT JOIN pg_trigger AS trigger ON trigger.tgrelid = wanted.oid AND trigger.tgname = wanted.trigger
WHERE trigger.oid IS NULL OR trigger.tgenabled NOT IN ('O', 'A')
    OR trigger.tgfoid <> 'ledger.refuse_change'::regproc
UNION ALL
SELECT 'the function ledger.refuse_change was changed' FROM pg_proc AS guard
WHERE guard.oid = 'ledger.refuse_change'::regproc
    AND encode(sha256(convert_to(guard.prosrc, 'UTF8')), 'hex') <> %(refusal_sha256)s
UNION ALL
SELECT 'the table ' || tables.oid::regclass || ' belongs to ' || pg_get_userbyid(tables.relowner)
FROM pg_class AS tables
WHERE tables.relnamespace = 'ledger'::regnamespace AND tables.relkind IN ('r', 'p')
    AND pg_get_userbyid(tables.relowner) <> 'muster_owner'
UNION ALL
SELECT role.name || ' may ' || lower(privilege.name) || ' ' || final.name
FROM final
CROSS JOIN (VALUES ('muster_writer'), ('muster_reader'), ('muster_loader')) AS role (name)
CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS privilege (name)
WHERE has_table_privilege(role.name, final.oid, privilege.name)
UNION ALL
SELECT 'the table ' || final.name || ' has a rewrite rule' FROM final
JOIN pg_rewrite AS rule ON rule.ev_class = final.oid AND rule.rulename <> '_RETURN'
ORDER BY missing
