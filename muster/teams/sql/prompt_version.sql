SELECT text FROM state.prompt_versions
WHERE agent = %(agent)s AND transaction_type = %(transaction_type)s AND version = %(version)s
