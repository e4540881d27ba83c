"""What the benchmarks share: ours against a baseline, in turns, in one run; medians and their ratio."""

import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from muster.ledger.schema import migrate
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres


@dataclass
class Comparison:
    """One line of the table: what was measured in each round, ours and the baseline's."""

    work: str
    baseline: str
    unit: str
    better: Literal["higher", "lower"]
    reach: float
    """The ratio ours / baseline that is aimed for: at least where higher is better, at most where lower
    is."""
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Median of the rounds' ratios ours / baseline."""
        return statistics.median(mine / other for mine, other in zip(self.ours, self.theirs, strict=True))

    @property
    def reached(self) -> bool:
        return self.ratio >= self.reach if self.better == "higher" else self.ratio <= self.reach

    def line(self) -> str:
        """The comparison for people."""
        sign = "at least" if self.better == "higher" else "at most"
        return (
            f"{self.work}: {statistics.median(self.ours):,.1f} {self.unit} against "
            f"{statistics.median(self.theirs):,.1f} ({self.baseline}); ratio {self.ratio:.2f}, "
            f"{sign} {self.reach:.2f} wanted: {'reached' if self.reached else 'NOT reached'}"
        )


def report(comparisons: list[Comparison], *, as_json: bool, **about: object) -> None:
    """Print the comparisons."""
    if as_json:
        rows = [asdict(one) | {"ratio": one.ratio, "reached": one.reached} for one in comparisons]
        print(json.dumps({**about, "comparisons": rows}, indent=2))
        return
    for key, value in about.items():
        print(f"{key}: {value}")
    for one in comparisons:
        print(one.line())


@contextmanager
def durable_server() -> Iterator[EmbeddedPostgres]:
    """A server of its own that keeps every commit; everything in it is thrown away."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with EmbeddedPostgres(folder / "pg", free_port()).running() as postgres:
            yield postgres


@contextmanager
def durable_database() -> Iterator[str]:
    """The address of a fresh migrated database on a server of its own."""
    with durable_server() as postgres:
        url = postgres.url("muster")
        migrate(url)
        yield url
