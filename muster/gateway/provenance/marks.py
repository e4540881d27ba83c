"""Marks of values: what is remembered of a value an agent wrote, and asked of a value a system gives."""

import re
from collections.abc import Iterable

from muster.gateway.provenance.spelling import Spelling

_STEP = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])")


def names_of(field: str) -> frozenset[str]:
    """A field's name and the noun at its end: of `new_email` both that and `email`."""
    words = _STEP.findall(_HUMP.sub("_", field).lower())
    return frozenset({"".join(words), words[-1]}) if words else frozenset()


def mark_in(name: str, spelling: Spelling) -> str:
    """The mark of a value that was a free text, for fields of one name."""
    return f"{name}: {spelling.mark}"


def read_back(server: str, spelling: Spelling, names: Iterable[str] = ()) -> frozenset[tuple[str, str]]:
    """All marks under which the value may be remembered as an agent's own words, each with the server."""
    return frozenset({(server, spelling.mark), *((server, mark_in(name, spelling)) for name in names)})
