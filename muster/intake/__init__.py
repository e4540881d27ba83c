"""Intake: what arrives by mail, folder or webhook becomes a task in a team's queue, once."""
