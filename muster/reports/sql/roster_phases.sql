SELECT agent, phase FROM state.agent_phases
