"""Putting a system to use by configuration: reach it, look at its tools, propose, have a person confirm."""
