"""Frames in, frames out: what the ledger's events say about tasks, teams, time and money.

Nothing here knows a database or a page; `muster.ledger.reader` makes the event frame, and the dashboard, the
notebooks, the command line and the weekly review all ask these functions, so each figure exists once.
"""
