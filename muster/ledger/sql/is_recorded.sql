SELECT true AS recorded FROM ledger.events WHERE event_id = %(event_id)s LIMIT 1
