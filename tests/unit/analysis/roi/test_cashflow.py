"""The arithmetic of a return, held against sums done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.analysis.roi.cashflow import break_even_completion, cash, margin
from muster.analysis.roi.inputs import INPUTS, Sample, names
from tests.unit.analysis.roi.believed import CERTAIN, case

ANY = {
    name: st.floats(0, 1) if INPUTS[name].unit.startswith("share") else st.floats(0, 1000) for name in names()
}
SAMPLES = st.fixed_dictionaries(ANY)


def sample(**changed: float) -> Sample:
    return of({**CERTAIN, **changed})


def of(values: dict[str, float]) -> Sample:
    return case(values).sample(1, 0)


def test_one_task_brings_and_takes_what_a_pencil_says() -> None:
    one = margin(sample())

    assert one.freed[0] == pytest.approx(0.5 * 0.8 * 0.95 * 12)  # 4.56
    # 20 of 100 tasks go to a person, 10 more ask one and go on: 0.3 x 6; and 0.2 approvals x 2
    assert one.attention[0] == pytest.approx(1.8 + 0.4)
    # 4 of 100 tasks are done and wrong: 15 minutes and 10 dollars each
    assert one.rework[0] == pytest.approx(0.04 * 25)
    assert one.machine[0] == 0.05
    assert one.net[0] == pytest.approx(1.31)


def test_cash_npv_roi_payback_and_break_even_are_right_to_the_cent() -> None:
    money = cash(sample(), 24)

    # half of the volume in month 1: 655 - 500; all of it from month 2 on: 1310 - 500
    assert [round(float(month), 2) for month in money.monthly[0]] == [-10_000, 155.00, *[810.00] * 23]
    # 24 months at 1 % a month are worth 21.243387, the first of them 0.990099:
    # -10000 + 155 x 0.990099 + 810 x 20.253288
    assert round(float(money.npv[0]), 2) == 6558.63
    # 1000 tasks x (0.4950495 + 20.253288) x 3.25 + 500 x 21.243387 + 10000 are spent
    assert round(float(money.roi[0]), 6) == round(6558.6282 / 88_053.7915, 6)
    # after 13 months 125 are missing
    assert money.payback[0] == pytest.approx(13 + 125 / 810)
    # a task more completed is worth 0.5 x 0.95 x 12 + 6 - 0.05 x 25 = 10.45
    assert break_even_completion(sample(), 24)[0] == pytest.approx(
        0.8 - 6558.6282 / (20_748.3376 * 10.45), abs=1e-6
    )


def test_a_horizon_that_ends_before_payback_sees_none() -> None:
    assert np.isinf(cash(sample(), 13).payback[0])
    assert cash(sample(), 14).payback[0] == pytest.approx(13 + 125 / 810)


def test_nothing_spent_has_no_return_on_it() -> None:
    free = dict.fromkeys(names(), 0.0) | {"volume": 10.0, "minutes_by_hand": 6.0, "loaded_rate": 60.0}
    money = cash(of(free | {"capture_share": 1.0, "completion_rate": 1.0}), 12)

    assert money.npv[0] == pytest.approx(720)
    assert np.isnan(money.roi[0])
    assert money.payback[0] == 0


def test_a_rate_no_team_can_reach_is_no_break_even() -> None:
    assert np.isinf(break_even_completion(sample(build_cost=1e6), 24)[0])
    assert break_even_completion(
        sample(
            build_cost=0,
            run_cost=0,
            machine_cost=0,
            capture_share=1,
            approvals=0,
            minutes_per_escalation=0,
            answered_calls=0,
        ),
        24,
    )[0] == pytest.approx(0)


@given(SAMPLES, st.floats(0, 1000))
def test_more_minutes_saved_never_lower_the_return(values: dict[str, float], more: float) -> None:
    less, longer = of(values), of(values | {"minutes_by_hand": values["minutes_by_hand"] + more})

    before, after = cash(less, 36), cash(longer, 36)

    assert after.npv[0] >= before.npv[0] - 1e-6
    assert np.isnan(before.roi[0]) or after.roi[0] >= before.roi[0] - 1e-9
    assert after.payback[0] <= before.payback[0] + 1e-6


@given(SAMPLES)
def test_where_nothing_is_saved_nothing_is_paid_back(values: dict[str, float]) -> None:
    money = cash(of(values | {"capture_share": 0.0}), 36)

    assert np.isinf(money.payback[0])
    assert money.npv[0] <= 0


@given(SAMPLES)
def test_at_the_break_even_rate_the_money_is_worth_nothing(values: dict[str, float]) -> None:
    root = float(break_even_completion(of(values), 36)[0])

    money = cash(of(values | {"completion_rate": min(root, 1.0)}), 36)

    if 0 < root <= 1:
        assert money.npv[0] == pytest.approx(0, abs=1e-6 * (1 + abs(money.monthly).sum()))
    elif np.isinf(root):
        assert money.npv[0] <= 1e-6 * (1 + abs(money.monthly).sum())


def test_every_input_is_described_once() -> None:
    assert list(INPUTS) == names() == list(dict.fromkeys(names()))
    assert set(CERTAIN) == set(names())
