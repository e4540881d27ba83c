"""Runs a Python module as a program that ends when its parent does.

`python -m muster.services.tethered MODULE ARGUMENTS…`
"""

import runpy
import sys

from muster.services.child import die_with_parent


def main() -> None:
    """Become the module named by the first argument, with the rest as its arguments."""
    die_with_parent()
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
