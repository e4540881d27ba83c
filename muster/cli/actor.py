"""Who types the command, as the record names them."""

import getpass


def person() -> str:
    """`person:<name of the user of this process>`."""
    return f"person:{getpass.getuser()}"
