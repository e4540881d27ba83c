"""What the pages share: signing in, reading the ledger, choosing, and showing figures."""
