SELECT agent, phase, cause, reason, since FROM state.agent_phases
