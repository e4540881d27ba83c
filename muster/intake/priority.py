"""How urgent a message is, by rules anyone can read.

1. What the sender declared: `X-Priority` 1 or 2, `Importance: high`, `Priority: urgent` are high;
   `X-Priority` 4 or 5, `Importance: low`, `Priority: non-urgent` are low.
2. Mail made by a machine for many (`Precedence: bulk|list|junk`, `Auto-Submitted` other than `no`) is low.
3. An urgent word in the subject, in English, German, French or Spanish, is high.
4. Everything else is medium.

The rules order work within a team; they never grant anything.
"""

import re
from collections.abc import Mapping

from muster.ledger.events import Priority

_DECLARED: dict[str, dict[str, Priority]] = {
    "x-priority": {"1": "high", "2": "high", "4": "low", "5": "low"},
    "importance": {"high": "high", "low": "low"},
    "priority": {"urgent": "high", "non-urgent": "low"},
}

_URGENT = re.compile(
    r"\b(urgent(e|es|s)?|urgently|asap|immediate(ly)?|right away|emergency|final notice|last reminder"
    r"|dringend(e|es)?|eilig|eilt|sofort|umgehend|letzte mahnung"
    r"|urgence|imm[ée]diat(e|ement)?|au plus vite|dernier rappel"
    r"|urgencia|inmediat[oa](mente)?|cuanto antes|[úu]ltimo aviso)\b",
    re.IGNORECASE,
)


def priority_of(title: str, headers: Mapping[str, str] | None = None) -> Priority:
    """The priority the rules give.

    Args:
        headers: by lower-case name.
    """
    headers = headers or {}
    for name, meanings in _DECLARED.items():
        declared = re.match(r"[\w-]+", headers.get(name, "").strip().lower())
        if declared and (priority := meanings.get(declared[0])):
            return priority
    if headers.get("precedence", "").strip().lower() in {"bulk", "list", "junk"}:
        return "low"
    if headers.get("auto-submitted", "no").strip().lower() != "no":
        return "low"
    return "high" if _URGENT.search(title) else "medium"
