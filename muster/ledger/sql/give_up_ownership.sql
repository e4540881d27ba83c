DO $$
BEGIN
    EXECUTE format('REVOKE muster_owner FROM %%I', current_user);
END
$$
