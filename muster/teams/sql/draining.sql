SELECT reason FROM state.agents WHERE agent = %(agent)s AND status = 'draining'
