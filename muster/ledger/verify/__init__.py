"""Checks the record: in the database it lives in, or in an export that someone else holds.

What is named here is imported when it is first used: the processes that check an export start many times
faster without the database driver, and a machine that only checks exports never loads it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muster.ledger.verify.archive import NotAnExportError, verify_export
    from muster.ledger.verify.database import verify_ledger
    from muster.ledger.verify.verdict import Problem, Verdict

__all__ = ["NotAnExportError", "Problem", "Verdict", "verify_export", "verify_ledger"]

_HOMES = {
    "NotAnExportError": "archive",
    "Problem": "verdict",
    "Verdict": "verdict",
    "verify_export": "archive",
    "verify_ledger": "database",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
