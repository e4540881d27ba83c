"""Exports the record into one file that an auditor can check without us."""
