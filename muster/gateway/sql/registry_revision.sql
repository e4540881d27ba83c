SELECT count(*) || '/' || coalesce(max(registered_at)::text, '') AS registry_revision FROM state.tool_registry
