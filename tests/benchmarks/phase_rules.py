"""How often the phase rules promote and demote an agent whose true share of right outcomes is known.

`python -m tests.benchmarks.phase_rules [--json] [--agents N] [--seed S] [--window N] [--below SHARE]`: a
simulation. Every outcome is scored, and the rules are asked after each task, so that looking often is part of
what is measured. `--window` and `--below` try other values of the standard's `breach_window` and
`breach_correct_below`.
"""

import argparse
import json
import math
import random
from collections import deque
from dataclasses import asdict, dataclass
from functools import cache

import polars as pl

from muster.analysis.intervals import wilson
from muster.teams.standard_rules import Autonomy

SHARES = (0.80, 0.85, 0.90, 0.93, 0.95, 0.97, 0.99, 1.0)
TASKS = 1_000


@dataclass(frozen=True)
class Figures:
    """What became of agents of one true share in 1,000 tasks."""

    true_share: float
    promoted_at_100: float
    """Share of agents the first hundred tasks promote."""
    ever_promoted: float
    """Share promoted at any of the thousand looks."""
    ever_demoted: float
    """Share demoted for wrong outcomes at any of the thousand looks: a false alarm for a good agent."""
    tasks_until_demoted: float | None
    """Median tasks until then, of those demoted; null when none was."""


@cache
def _low(right: int, scored: int) -> float:
    low, _ = wilson(pl.lit(right), pl.lit(scored))
    return float(pl.select(low).item())


def _promotes(right: int, scored: int, rules: Autonomy) -> bool:
    return (
        scored >= rules.tasks_for_promotion
        and right / scored >= rules.correct_at_least
        and _low(right, scored) >= rules.breach_correct_below
    )


def _life(share: float, chance: random.Random, rules: Autonomy) -> tuple[bool, bool, int | None]:
    allowed = rules.breach_window - math.ceil(rules.breach_correct_below * rules.breach_window - 1e-9)
    right, at_hundred, ever, demoted = 0, False, False, None
    window: deque[bool] = deque(maxlen=rules.breach_window)
    for number in range(1, TASKS + 1):
        good = chance.random() < share
        right += good
        window.append(good)
        if number >= rules.tasks_for_promotion and not ever and _promotes(right, number, rules):
            ever, at_hundred = True, number == rules.tasks_for_promotion
        if demoted is None and window.count(False) > allowed:
            demoted = number
    return at_hundred, ever, demoted


def figures(share: float, agents: int, chance: random.Random, rules: Autonomy) -> Figures:
    """What the rules make of so many agents of that true share."""
    lives = [_life(share, chance, rules) for _ in range(agents)]
    until = sorted(life[2] for life in lives if life[2] is not None)
    return Figures(
        share,
        sum(life[0] for life in lives) / agents,
        sum(life[1] for life in lives) / agents,
        len(until) / agents,
        until[len(until) // 2] if until else None,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--window", type=int, default=Autonomy().breach_window)
    parser.add_argument("--below", type=float, default=Autonomy().breach_correct_below)
    given = parser.parse_args()
    rules = Autonomy(breach_window=given.window, breach_correct_below=given.below)
    chance = random.Random(given.seed)
    rows = [figures(share, given.agents, chance, rules) for share in SHARES]
    if given.json:
        print(json.dumps({**vars(given), "tasks": TASKS, "rows": [asdict(row) for row in rows]}))
        return
    print(f"{given.agents} simulated agents a row, {TASKS} scored tasks each, rules asked after every task;")
    print(f"demoted when fewer than {given.below:.0%} of the last {given.window} are right")
    print("true share  promoted at 100  ever promoted  ever demoted  tasks until demoted (median)")
    for row in rows:
        print(
            f"{row.true_share:10.0%}  {row.promoted_at_100:15.1%}  {row.ever_promoted:13.1%}"
            f"  {row.ever_demoted:12.1%}  {row.tasks_until_demoted or '-':>12}"
        )


if __name__ == "__main__":
    main()
