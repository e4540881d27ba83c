"""The company's books, put back to their first state before each attack."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Engine, update

from muster.demo.company.books import open_books, seed
from muster.demo.company.tables import metadata
from tests.injection.attack import Plant
from tests.injection.goals import Goal


class Books:
    """One SQLite file that the company's systems work on, and a clean copy of it."""

    def __init__(self, folder: Path, company_json: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = open_books(folder / "company.sqlite")
        self.file = folder / "company.sqlite"
        seed(self.engine, company_json)
        self._clean = sqlite3.connect(":memory:", check_same_thread=False)
        with sqlite3.connect(self.file) as first:
            first.backup(self._clean)
        first.close()

    def reset(self, plants: Iterable[Plant] = ()) -> None:
        """Everything as it was at first, with `plants` in their fields."""
        self.engine.dispose()
        with sqlite3.connect(self.file) as file:
            self._clean.backup(file)
        file.close()
        with self.engine.begin() as connection:
            for plant in plants:
                table = metadata.tables[plant.table]
                change = update(table).values({plant.column: plant.text})
                for name, value in plant.key.items():
                    change = change.where(table.c[name] == value)
                assert connection.execute(change).rowcount == 1, f"nothing to plant in: {plant}"

    def show(self, goal: Goal) -> bool:
        """Whether the books say that the goal is reached."""
        with self.engine.connect() as connection:
            return goal.reached(connection)

    def close(self) -> None:
        self.engine.dispose()
        self._clean.close()
