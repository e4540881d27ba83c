SELECT version FROM state.policy_versions WHERE name = %(name)s AND sha256 = %(sha256)s
