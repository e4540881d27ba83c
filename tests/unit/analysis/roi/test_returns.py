"""Returns as frames: what they promise, and what chance may and may not change."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from plotly.graph_objects import Figure

from muster.analysis.roi import charts, frames
from muster.analysis.roi.returns import Return, quantiles, returns
from muster.analysis.roi.spreads import Beta, Point, Triangular
from tests.unit.analysis.roi.believed import UNCERTAIN, case

CONTRACTS = {
    "figures": frames.FIGURES,
    "chances": frames.CHANCES,
    "cash": frames.CASH,
    "payback": frames.PAYBACK,
    "drivers": frames.DRIVERS,
    "bridge": frames.BRIDGE,
    "inputs": frames.INPUT_TABLE,
}


@pytest.fixture(scope="module")
def drawn() -> Return:
    return returns(case(spreads=UNCERTAIN), draws=4_000, seed=3)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_frame_keeps_its_contract(name: str, drawn: Return) -> None:
    certain = returns(case(), draws=5, seed=3)
    for ret in (drawn, certain):
        frame = getattr(ret, name)
        assert frame.schema == CONTRACTS[name].schema


def test_points_alone_give_the_same_figure_at_every_end() -> None:
    figures = returns(case(), draws=7, seed=1).figures.drop_nulls("p50")

    ends = figures.select((pl.col("p95") - pl.col("p5")).abs().max(), pl.col("without").max())
    assert ends.row(0) == (pytest.approx(0, abs=1e-6), 0.0)
    assert figures.filter(measure="npv")["p50"][0] == pytest.approx(6558.63, abs=0.005)


def test_the_same_seed_draws_the_same_and_another_draws_otherwise(drawn: Return) -> None:
    again, other = (returns(case(spreads=UNCERTAIN), draws=4_000, seed=seed) for seed in (3, 4))

    assert all(getattr(again, name).equals(getattr(drawn, name)) for name in CONTRACTS)
    assert not other.figures.equals(drawn.figures)
    first, second = (ret.figure("npv")["p50"] for ret in (drawn, other))
    assert first == pytest.approx(second, rel=0.2)


def test_another_belief_about_one_input_leaves_the_draws_of_the_others() -> None:
    believed = case(spreads=UNCERTAIN)
    minutes = replace(believed.quantities["minutes_by_hand"], spread=Triangular(9, 15, 30))
    changed = replace(believed, quantities={**believed.quantities, "minutes_by_hand": minutes})

    one, other = believed.sample(100, 3), changed.sample(100, 3)

    assert np.array_equal(one.completion_rate, other.completion_rate)
    assert not np.array_equal(one.minutes_by_hand, other.minutes_by_hand)


def test_a_small_sample_makes_the_return_wider() -> None:
    widths = []
    for completed, other in ((16, 4), (1600, 400)):
        row = returns(case(spreads={"completion_rate": Beta(completed, other)}), draws=4_000).figure("npv")
        widths.append(row["p95"] - row["p5"])

    assert widths[0] > 4 * widths[1]


def test_the_shares_of_payback_add_up_and_agree_with_the_chances(drawn: Return) -> None:
    never = drawn.payback.filter(pl.col("month").is_null())["share"].sum()
    soon = drawn.payback.filter(pl.col("month") <= 12)["share"].sum()

    assert drawn.payback["share"].sum() == pytest.approx(1)
    assert never == pytest.approx(drawn.chance("never"))
    assert soon == pytest.approx(drawn.chance("payback_in_12_months"))
    assert 0 < never < 1


def test_the_bridge_adds_up_to_what_is_left(drawn: Return) -> None:
    *steps, left = drawn.bridge["mean"].to_list()

    assert sum(steps) == pytest.approx(left)
    assert all(step <= 0 for step in steps[1:])


def test_drivers_leave_out_what_is_certain_and_put_the_strongest_first(drawn: Return) -> None:
    assert set(drawn.drivers["input"]) == set(UNCERTAIN)
    assert drawn.drivers["swing"].is_sorted(descending=True)
    minutes = drawn.drivers.row(by_predicate=pl.col("input") == "minutes_by_hand", named=True)
    assert minutes["npv_at_low"] < minutes["npv_at_median"] < minutes["npv_at_high"]
    assert returns(case(), draws=5).drivers.is_empty()


def test_where_a_team_never_pays_no_number_stands_for_the_month() -> None:
    lost = returns(case(capture_share=0.0), draws=9)

    assert lost.figure("payback") == {
        "measure": "payback",
        "unit": "months",
        "p5": None,
        "p50": None,
        "p95": None,
        "without": 1.0,
    }
    assert lost.chance("never") == 1
    assert lost.figure("npv")["p95"] < 0


def test_a_quantile_that_falls_between_a_number_and_never_is_none() -> None:
    assert quantiles(np.array([1.0, 2.0, 3.0, np.inf])) == [pytest.approx(1.15), 2.5, None]
    assert quantiles(np.array([np.nan, np.nan])) == [None, None, None]


@pytest.mark.parametrize(
    "spreads", [UNCERTAIN, {}, {"capture_share": Point(0.0)}], ids=["spread", "certain", "lost"]
)
def test_every_chart_draws_every_return(spreads: dict[str, Point]) -> None:
    ret = returns(case(spreads=spreads), draws=200)

    drawings = [
        charts.cash_chart(ret.cash),
        charts.payback_chart(ret.payback),
        charts.tornado_chart(ret.drivers),
        charts.bridge_chart(ret.bridge),
    ]

    assert all(isinstance(one, Figure) and one.layout.paper_bgcolor == "rgba(0,0,0,0)" for one in drawings)
    assert list(drawings[0].data[2].y) == ret.cash["total_p50"].to_list()
