-- Whoever migrates acts as the owner for that time only; on a fresh database there is no owner yet.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_owner') THEN
        EXECUTE format('GRANT muster_owner TO %%I', current_user);
    END IF;
END
$$
