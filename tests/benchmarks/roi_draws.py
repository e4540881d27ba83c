"""How long a return takes: ten thousand draws of thirty-six months, whole arrays against a draw at a time.

`python -m tests.benchmarks.roi_draws [--json] [--rounds N]`: both compute NPV and payback of the same draws,
and must agree. The page, run again for another team once the ledger has been read, is held against the second
it may take.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from muster.analysis.roi.case import case_of
from muster.analysis.roi.cashflow import cash
from muster.analysis.roi.inputs import Case, Sample, names
from muster.analysis.roi.returns import DRAWS, SEED
from muster.core.settings import Settings
from muster.reports.assumptions.load import load_company, load_team, team_file
from tests.acceptance.worked import work_done
from tests.benchmarks.measure import Comparison, durable_database, report

MONTHS = 36


def the_case() -> Case:
    folder = Settings().assumptions_dir
    return case_of(load_team(team_file(folder, "support"), load_company(folder)), None)


def one_by_one(sample: Sample) -> tuple[list[float], list[float]]:
    """NPV and payback of each draw, as a loop over draws and months does it."""
    columns = [getattr(sample, name).tolist() for name in names()]
    figures = [_one(dict(zip(names(), values, strict=True))) for values in zip(*columns, strict=True)]
    return [npv for npv, _ in figures], [months for _, months in figures]


def _one(draw: dict[str, float]) -> tuple[float, float]:
    minute, done, wrong = draw["loaded_rate"] / 60, draw["completion_rate"], draw["error_rate"]
    freed = draw["capture_share"] * done * (1 - wrong) * draw["minutes_by_hand"] * minute
    calls = 1 - done + draw["answered_calls"]
    people = calls * draw["minutes_per_escalation"] + draw["approvals"] * draw["minutes_per_approval"]
    undoing = done * wrong * (draw["minutes_per_rework"] * minute + draw["error_cost"])
    net = freed - people * minute - undoing - draw["machine_cost"]
    npv = total = -draw["build_cost"]
    paid = float("inf")
    for month in range(1, MONTHS + 1):
        earned = min(1.0, month / max(draw["ramp"], 1e-9)) * draw["volume"] * net - draw["run_cost"]
        npv += earned * (1 + draw["discount_rate"]) ** (-month / 12)
        if paid == float("inf") and earned > 0 and total + earned >= 0:
            paid = month - 1 + min(max(-total / earned, 0.0), 1.0)
        total += earned
    return npv, paid


@contextmanager
def page() -> Iterator[Callable[[], object]]:
    """The page on a ledger that has been read; a call chooses the next team."""
    with durable_database() as url:
        asyncio.run(work_done(url, tasks=400))
        os.environ["MUSTER_DATABASE_URL"] = url
        os.environ.pop("MUSTER_OWNER_PASSWORD", None)
        main_page = Path(__file__).parents[2] / "app" / "main.py"
        shown = AppTest.from_file(str(main_page), default_timeout=120).switch_page("views/roi.py").run()
        teams = cycle(("leads", "support", "vendors", "finance"))

        def another() -> None:
            shown.selectbox(key="team").select(next(teams)).run()
            assert not shown.exception

        another()
        yield another


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process, which a busy machine does not stretch."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sample = the_case().sample(DRAWS, SEED)
    arrays, loop = cash(sample, MONTHS), one_by_one(sample)
    assert np.allclose(arrays.npv, loop[0])
    assert np.allclose(arrays.payback, loop[1])
    drawn = Comparison(f"{DRAWS:,} draws x {MONTHS} months", "a loop over draws", "ms", "lower", 0.2)
    whole = Comparison("the page for another team", "one second", "ms", "lower", 1.0)
    with page() as another:
        for _ in range(options.rounds):
            drawn.ours.append(1000 * seconds(lambda: cash(sample, MONTHS)))
            drawn.theirs.append(1000 * seconds(lambda: one_by_one(sample)))
            whole.ours.append(1000 * seconds(another))
            whole.theirs.append(1000.0)
    report([drawn, whole], as_json=options.json, clock="CPU time of this process")


if __name__ == "__main__":
    main()
