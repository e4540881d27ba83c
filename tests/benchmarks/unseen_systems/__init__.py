"""The provenance rules on systems the engine knows nothing of, each told by a registration file alone.

Not a blind test: the registrations were written with the public benchmark's tasks and attacks at hand.
"""
