SELECT phase, since FROM state.agent_phases WHERE agent = %(agent)s
