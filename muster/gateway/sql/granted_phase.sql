SELECT phase FROM state.agent_phases WHERE agent = %(agent)s
