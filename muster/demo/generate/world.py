"""The company while it is being made: its date, its numbers, its rows of master data."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from muster.demo.generate.dice import Dice

FIRST_BUSINESS_DATE = date(2026, 11, 20)


@dataclass
class World:
    """One edition of the company; later editions have other customers, vendors and numbers, a week later."""

    seed: int
    edition: int
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    @property
    def today(self) -> date:
        """The company's business date."""
        return FIRST_BUSINESS_DATE + timedelta(weeks=self.edition - 1)

    def dice(self, *key: object) -> Dice:
        return Dice(self.seed, self.edition, *key)

    def days_ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def add(self, table: str, **row: Any) -> None:
        """Put a row of master data into a table of `company.json`."""
        plain = {
            name: value if value is None or isinstance(value, bool | int | str) else str(value)
            for name, value in row.items()
        }
        self.rows.setdefault(table, []).append(plain)

    def number(self, kind: str, *, room: int) -> int:
        """The next number of a kind; each edition has `room` numbers of its own.

        Raises:
            OverflowError: the edition's numbers are used up.
        """
        self._numbers[kind] += 1
        if self._numbers[kind] >= room:
            raise OverflowError(f"edition {self.edition} needs more than {room} {kind} numbers")
        return self.edition * room + self._numbers[kind]

    def nth(self, kind: str, *, room: int) -> int:
        """The next index into a list of names all editions share."""
        return self.number(kind, room=room) - room - 1
