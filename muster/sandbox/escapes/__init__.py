"""Attempts to break out of the sandbox, run by `muster sandbox escapes` and by the tests."""
