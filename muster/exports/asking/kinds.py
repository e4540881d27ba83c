"""What the record records: every kind of event with its fields."""

import inspect

from muster.core.canonical import Json
from muster.ledger.events import KINDS_BY_TYPE


def event_kinds(kind: str | None) -> dict[str, Json]:
    """All kinds with a line each, or one kind with its fields; unknown kinds give an empty list."""
    chosen = {name: event for event, name in KINDS_BY_TYPE.items() if kind in (None, name)}
    rows: list[Json] = []
    for name, event in sorted(chosen.items()):
        row: dict[str, Json] = {"kind": name, "meaning": (inspect.getdoc(event) or "").splitlines()[0]}
        if kind is not None:
            row["fields"] = {
                field: about.description or ""
                for field, about in event.model_fields.items()
                if field != "kind"
            }
        rows.append(row)
    return {"rows": rows, "found": len(rows), "left_out": 0}
