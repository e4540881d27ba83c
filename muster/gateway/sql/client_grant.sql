SELECT client, tier, phase, tools FROM state.clients WHERE client = %(client)s AND status = 'active'
