"""Where code nobody vouches for runs: agents' programs and the parsing of strangers' files."""
