SELECT manifest_sha256 FROM state.team_versions WHERE team = %(team)s AND version = %(version)s
