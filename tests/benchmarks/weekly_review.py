"""Writing the weekly review of a week of a million events, from the record's files to the page on disk.

Run: `.venv/bin/python -m tests.benchmarks.weekly_review [--events 1000000] [--rounds 3] [--json]`. Each round
is a process of its own: first with nothing kept, so that all frames are made from the mirror, then from kept
frames, as it runs every Monday. Compared with making a row a task from the same files once, the least any
way must do.
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.made_ledger import MadeLedger, made_ledger
from tests.benchmarks.measure import Comparison, report

SECONDS: Final = 30.0
ROOT: Final = Path(__file__).parents[2]
_WRITE: Final = """
import json, resource, sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from muster.core.clock import FixedClock
from muster.core.settings import load_settings
from muster.analysis.review.clusters import CALL_KINDS
from muster.analysis.tasks import task_rows
from muster.ledger.reader import LedgerReader
from muster.reports.frame_store import FrameStore
from muster.reports.edition import edition
from muster.reports.weekly_review import write_review
url, week, folder, way = sys.argv[1:]
began = time.perf_counter()
if way == "review":
    frames, of = FrameStore.of(load_settings(), url).frames(), edition(week)
    since, reader = of.period.since - timedelta(days=14), LedgerReader.of(load_settings(), url)
    written = write_review(frames, week, Path(folder), FixedClock(datetime.now(UTC)),
        calls=lambda: reader.scan(CALL_KINDS, since))
    size = written.html_path.stat().st_size + written.pdf_path.stat().st_size
else:
    size = task_rows(LedgerReader.of(load_settings(), url).scan()).collect(engine="streaming").height
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": time.perf_counter() - began, "megabytes": megabytes, "size": size}))
"""


def run(made: MadeLedger, week: str, way: str) -> dict[str, Any]:
    """One process; its time counts from after the imports."""
    command = [sys.executable, "-c", _WRITE, made.url, week, str(made.home / "reports"), way]
    told = subprocess.run(
        command, env={**os.environ, **made.environment}, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    result: dict[str, Any] = json.loads(told)
    return result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    monday = datetime.now(UTC) - timedelta(days=7)
    year, number, _ = monday.isocalendar()
    # two weeks of as many events each: the review compares with the week before
    first = Comparison("weekly review, nothing kept", "a row a task, once", "s", "lower", 8.0)
    kept = Comparison("weekly review, frames kept", "a row a task, once", "s", "lower", 4.0)
    most = 0.0
    with made_ledger(2 * given.events, days=14) as made:
        for _ in range(given.rounds):
            for path in sorted((made.home / "ledger" / "frames").rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            least = run(made, f"{year}-W{number:02d}", "tasks")
            for comparison in (first, kept):
                result = run(made, f"{year}-W{number:02d}", "review")
                comparison.ours.append(result["seconds"])
                comparison.theirs.append(least["seconds"])
                most = max(most, result["megabytes"])
    slowest = max(first.ours)
    report(
        [first, kept],
        as_json=given.json,
        events_a_week=given.events,
        cores=os.cpu_count(),
        most_megabytes=round(most),
        wanted=f"slowest {slowest:.1f} s, under {SECONDS:.0f} s: "
        f"{'reached' if slowest < SECONDS else 'NOT reached'}",
    )


if __name__ == "__main__":
    main()
