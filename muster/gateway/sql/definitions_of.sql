SELECT definition, previous_definition FROM state.tool_registry WHERE server = %(server)s AND tool = %(tool)s
