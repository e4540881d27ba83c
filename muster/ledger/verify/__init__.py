"""Checks the record: in the database it lives in, or in an export that someone else holds."""

from muster.ledger.verify.archive import NotAnExportError, verify_export
from muster.ledger.verify.database import verify_ledger
from muster.ledger.verify.verdict import Problem, Verdict

__all__ = ["NotAnExportError", "Problem", "Verdict", "verify_export", "verify_ledger"]
