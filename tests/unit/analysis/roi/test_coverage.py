"""Whether nine draws in ten hold the truth nine times in ten: many ledgers of a team whose truth is known."""

import numpy as np
import pytest

from muster.analysis.roi.case import Assumptions, case_of
from muster.analysis.roi.cashflow import cash
from muster.analysis.roi.returns import quantiles
from tests.unit.analysis.roi.believed import CERTAIN, case
from tests.unit.analysis.story import NOON

LEDGERS = 400


def seen(tasks: int, chance: np.random.Generator) -> dict[str, object]:
    """What a ledger of so many tasks says of the team in `CERTAIN`."""
    completed = int(chance.binomial(tasks, CERTAIN["completion_rate"]))
    machine = chance.lognormal(np.log(CERTAIN["machine_cost"]) - 0.5, 1.0, tasks)
    calls = ("answered_calls", "approvals")
    return {
        "team": "support",
        "model_source": "claude",
        "tasks": tasks,
        "completed": completed,
        "judged": completed,
        "wrong": int(chance.binomial(completed, CERTAIN["error_rate"])),
        "machine_usd": float(machine.mean()),
        "machine_usd_error": float(machine.std(ddof=1) / np.sqrt(tasks)),
        "first_end": NOON,
        "last_end": NOON,
        **{name: int(chance.poisson(CERTAIN[name] * tasks)) for name in calls},
        **{f"{kind}_minutes": None for kind in ("escalation", "approval")},
        **{f"{kind}_minutes_error": None for kind in ("escalation", "approval")},
        **{f"measured_{kind}s": 0 for kind in ("escalation", "approval")},
    }


@pytest.mark.parametrize("tasks", [40, 400])
def test_the_interval_of_the_npv_holds_the_truth_as_often_as_it_says(tasks: int) -> None:
    chance = np.random.default_rng(11)
    truth = float(cash(case().sample(1, 0), 24).npv[0])
    stated = Assumptions(team="support", horizon_months=24, stated=case().quantities)

    held = 0
    for ledger in range(LEDGERS):
        npv = cash(case_of(stated, seen(tasks, chance)).sample(600, ledger), 24).npv
        low, _, high = quantiles(npv)
        held += low is not None and high is not None and low <= truth <= high

    # three standard errors of a share of 0.9 among so many
    assert held / LEDGERS == pytest.approx(0.9, abs=3 * np.sqrt(0.9 * 0.1 / LEDGERS))
