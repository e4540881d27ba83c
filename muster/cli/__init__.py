"""The command line: `muster <noun> <verb>`; results on standard output, errors on standard error."""

from muster.cli.root import main

__all__ = ["main"]
