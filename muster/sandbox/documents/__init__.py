"""Parsers of files strangers send; they run inside the sandbox, one process a file."""
