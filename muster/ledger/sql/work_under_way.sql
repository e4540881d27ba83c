-- Three signs of work, each from another table, because any of them may be damaged.
SELECT
    (SELECT count(*) FROM state.tasks WHERE status = 'working' AND lease_until > clock_timestamp()) AS leases,
    (SELECT count(*) FROM ledger.open_intents WHERE abandoned_at IS NULL AND expires_at > clock_timestamp()) AS intents,
    (SELECT count(*) FROM state.gateway_tokens
        WHERE run_id IS NOT NULL AND revoked_at IS NULL AND expires_at > clock_timestamp()) AS agents
