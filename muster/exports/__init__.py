"""The record in the forms other systems read: cost rows, spans, and a server that answers questions."""
