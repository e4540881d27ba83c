"""Checking an export, against plain SHA-256 over the same bytes on one core.

Run: `.venv/bin/python -m tests.benchmarks.verify_export [--events 1000000] [--rounds 3] [--json]`. The
archive is made first, without a database; a round hashes its bytes and then checks it, from the page cache.
"""

import argparse
import hashlib
import os
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from muster.ledger.notes import SigningKey, VerifierKey
from muster.ledger.verify import verify_export

_REACH_EVENTS = 200_000


def hashed(path: Path) -> float:
    """Seconds for SHA-256 over a file."""
    began = time.perf_counter()
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - began


def checked(path: Path, key: VerifierKey) -> float:
    """Seconds for checking an export that is whole."""
    began = time.perf_counter()
    verdict = verify_export(path, trusted_key=key)
    seconds = time.perf_counter() - began
    assert verdict.whole, verdict.problems
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    # the checking processes import this module too, and need none of these
    from tests.benchmarks.made_export import Shape, write_export
    from tests.benchmarks.measure import Comparison, report

    speed = Comparison("verify an export", "SHA-256 over the same bytes, one core", "MB/s", "higher", 0.3)
    rates = []
    with TemporaryDirectory() as name:
        path = Path(name) / "export.zip"
        key = write_export(path, Shape(given.events), SigningKey.generate("bench.example/ledger"))
        megabytes = path.stat().st_size / 1e6
        for _ in range(given.rounds):
            speed.theirs.append(megabytes / hashed(path))
            seconds = checked(path, key)
            speed.ours.append(megabytes / seconds)
            rates.append(given.events / seconds)
    report(
        [speed],
        as_json=given.json,
        events=given.events,
        megabytes=round(megabytes, 1),
        cores=os.cpu_count(),
        events_per_second=round(statistics.median(rates)),
        events_per_second_wanted=_REACH_EVENTS,
    )


if __name__ == "__main__":
    main()
