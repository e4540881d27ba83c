"""Opening the company's books and filling them with master data."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, Engine, Table, create_engine, event, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine.interfaces import DBAPIConnection

from muster.core.errors import OperatorError
from muster.demo.company.columns import Cents
from muster.demo.company.tables import SEEDED, facts, metadata

BUSINESS_DATE = "business_date"


class MasterDataError(OperatorError):
    """The file the books are filled from cannot be used."""


def open_books(database: Path) -> Engine:
    """The books in a SQLite file, which is made when it is not there."""
    database.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{database}")
    event.listen(engine, "connect", _write_ahead)
    metadata.create_all(engine)
    return engine


def _write_ahead(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


def seed(engine: Engine, source: Path) -> int:
    """Rows added from a `company.json`; what is in the books already, and all a tool wrote, stays.

    Raises:
        MasterDataError: the file is missing, is not JSON, or lacks a part.
    """
    try:
        master: Mapping[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MasterDataError(
            f"cannot read the company's master data: {error}",
            where=str(source),
            do="make it with python -m muster.demo.generate",
        ) from error
    missing = [name for name in (BUSINESS_DATE, *(table.name for table in SEEDED)) if name not in master]
    if missing:
        raise MasterDataError(f"the master data lacks {', '.join(missing)}", where=str(source))
    with engine.begin() as connection:
        _advance_business_date(connection, master[BUSINESS_DATE])
        return sum(_add(connection, table, master[table.name]) for table in SEEDED)


def business_date(connection: Connection) -> date:
    """The day it is in the company's books; the real day while they are empty."""
    found = connection.scalar(select(facts.c.value).where(facts.c.name == BUSINESS_DATE))
    return date.fromisoformat(found) if found else datetime.now(UTC).date()


def _advance_business_date(connection: Connection, day: str) -> None:
    put = insert(facts).values(name=BUSINESS_DATE, value=day)
    connection.execute(
        put.on_conflict_do_update(
            index_elements=["name"], set_={"value": day}, where=facts.c.value < put.excluded.value
        )
    )


def _add(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    typed = [{name: _value(table, name, value) for name, value in row.items()} for row in rows]
    if not typed:
        return 0
    added: int = connection.execute(insert(table).on_conflict_do_nothing(), typed).rowcount
    return added


def _value(table: Table, column: str, value: Any) -> Any:
    if value is None:
        return None
    kind = table.c[column].type
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(kind, Cents) else value
