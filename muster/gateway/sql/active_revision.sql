SELECT team || '@' || active_version AS policy_revision FROM state.teams WHERE team = %(team)s
