"""The fault test: the processes of an installation are killed while it works; then everything is checked."""
