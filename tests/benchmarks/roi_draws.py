"""How long a return takes: ten thousand draws of thirty-six months, whole arrays against a draw at a time.

`python -m tests.benchmarks.roi_draws [--json] [--rounds N]`: both compute NPV and payback of the same draws,
and must agree. The page's part (every frame and the four charts) is held against the second it may take.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np

from muster.analysis.roi import charts
from muster.analysis.roi.case import case_of
from muster.analysis.roi.cashflow import cash
from muster.analysis.roi.inputs import Case, Sample, names
from muster.analysis.roi.returns import DRAWS, SEED, returns
from muster.core.settings import Settings
from muster.reports.assumptions.load import load_company, load_team, team_file
from tests.benchmarks.measure import Comparison, report

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


def page(case: Case) -> None:
    """What the page has computed and drawn."""
    ret = returns(case)
    charts.cash_chart(ret.cash)
    charts.payback_chart(ret.payback)
    charts.tornado_chart(ret.drivers)
    charts.bridge_chart(ret.bridge)


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
    case = the_case()
    sample = case.sample(DRAWS, SEED)
    arrays, loop = cash(sample, MONTHS), one_by_one(sample)
    assert np.allclose(arrays.npv, loop[0])
    assert np.allclose(arrays.payback, loop[1])
    page(case)
    work = f"{DRAWS:,} draws x {MONTHS} months"
    drawn = Comparison(f"{work}, NPV and payback", "a loop over draws", "ms", "lower", 0.2)
    whole = Comparison(f"{work}, every frame and chart of the page", "one second", "ms", "lower", 1.0)
    for _ in range(options.rounds):
        drawn.ours.append(1000 * seconds(lambda: cash(sample, MONTHS)))
        drawn.theirs.append(1000 * seconds(lambda: one_by_one(sample)))
        whole.ours.append(1000 * seconds(lambda: page(case)))
        whole.theirs.append(1000.0)
    report([drawn, whole], as_json=options.json, clock="CPU time of this process")


if __name__ == "__main__":
    main()
