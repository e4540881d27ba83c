DELETE FROM state.active_prompts WHERE agent = %(agent)s AND transaction_type = %(transaction_type)s
