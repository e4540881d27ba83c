"""What is rebuilt: the tables, their keys, and the columns the record cannot know."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Table

from muster.ledger import tables

Row = dict[str, Any]
Key = tuple[Any, ...]


class _Unknown:
    """What a column holds when the record does not say."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""Stands in a rebuilt row where an older record lacks the field; it is neither compared nor written."""

REBUILT: Final[tuple[Table, ...]] = (
    tables.teams,
    tables.team_versions,
    tables.prompt_versions,
    tables.active_prompts,
    tables.policy_versions,
    tables.agent_phases,
    tables.agents,
    tables.tool_registry,
    tables.tasks,
    tables.quarantine,
    tables.escalations,
    tables.approvals,
    tables.clients,
    tables.written_values,
    tables.commitments,
    tables.calls_made_once,
    tables.budgets,
    tables.open_intents,
    tables.run_heads,
)

NOT_IN_THE_RECORD: Final[dict[tuple[str, str], str]] = {
    ("state.tasks", "lease_until"): (
        "renewed without an event; a rebuilt lease has run out, so that a worker takes the task over"
    ),
    ("state.quarantine", "raw"): (
        "the bytes are kept beside the record, which has their SHA-256; a lost message has to be sent again"
    ),
    ("ledger.open_intents", "expires_at"): (
        "by the database's clock; a rebuilt intent is overdue at once and is abandoned as any other"
    ),
    ("ledger.run_heads", "body_sha256"): (
        "null for runs that ended before it was kept; rebuilt ones have it all the same"
    ),
}
"""Columns that are not compared, and why; `apply` gives them the value the reason names."""

NOT_REBUILT: Final[dict[str, str]] = {
    "state.gateway_tokens": "rights of minutes that nobody may get back; an agent's next turn gets a new one",
    "state.rate_marks": "calls of the last moments, for limits over a sliding window; they pass",
    "state.kpi_daily": "figures computed from the record; the roll-up computes them again",
}
"""Tables of the present that are left alone, and why."""


def name_of(table: Table) -> str:
    """The table's name with its schema."""
    return f"{table.schema}.{table.name}"


def key_of(table: Table, row: Row) -> Key:
    """The row's primary key."""
    return tuple(row[column.name] for column in table.primary_key)


def compared(table: Table) -> list[str]:
    """The names of the columns that the record decides."""
    names = [column.name for column in table.columns]
    return [name for name in names if (name_of(table), name) not in NOT_IN_THE_RECORD]


def loaded(table: Table) -> list[str]:
    """The names of the columns that are read for comparing: all but the bytes of kept messages."""
    names = [column.name for column in table.columns]
    return [name for name in names if table is not tables.quarantine or name != "raw"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Who, when and where of a recorded event."""

    seq: int
    event_id: str
    task_id: str | None
    run_id: str | None
    team: str | None
    agent: str | None
    actor: str
    happened_at: datetime
    cost_usd: Decimal
    """0 when the event has no cost."""
    payload: Row
    """As it was recorded."""


@dataclass(slots=True)
class State:
    """The present, as the record explains it: rows by key, one dictionary a table."""

    rows: dict[str, dict[Key, Row]] = field(default_factory=lambda: {name_of(table): {} for table in REBUILT})
    payees: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the money each intent commits, by the intent's event id."""
    events: int = 0
    through_seq: int = 0
    """The last event taken into account; 0 when there is none."""
    unread: dict[str, int] = field(default_factory=dict)
    """Events this version cannot read, by kind."""
    beginnings_missing: int = 0
    """Events about something whose beginning is not in the record."""

    def put(self, table: Table, row: Row) -> None:
        """Add a row, or replace the one with its key."""
        self.rows[name_of(table)][key_of(table, row)] = row

    def find(self, table: Table, *key: Any) -> Row | None:
        """The row with that key."""
        return self.rows[name_of(table)].get(key)

    def change(self, table: Table, *key: Any, **columns: Any) -> None:
        """Change a row that must be there; when its beginning is not in the record, that is counted."""
        row = self.find(table, *key)
        if row is None:
            self.beginnings_missing += 1
        else:
            row.update(columns)

    def remove(self, table: Table, *key: Any) -> Row | None:
        """Take a row out and give it."""
        return self.rows[name_of(table)].pop(key, None)


def unless_missing(value: Any) -> Any:
    """`value`, or UNKNOWN for a field that an older record lacks."""
    return UNKNOWN if value is None else value
