"""A team's return as frames: ten thousand draws of the case, summed up."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from muster.analysis.frames import FrameContract
from muster.analysis.roi.cashflow import Cash, break_even_completion, cash, margin
from muster.analysis.roi.drivers import drivers
from muster.analysis.roi.frames import BRIDGE, CASH, CHANCES, FIGURES, INPUT_TABLE, PAYBACK
from muster.analysis.roi.inputs import INPUTS, Case, Sample
from muster.analysis.roi.spreads import Draws

DRAWS: Final = 10_000
SEED: Final = 1
ENDS: Final = (0.05, 0.5, 0.95)
"""The quantiles shown: the middle, and the ends nine draws in ten lie between."""
SOON_MONTHS: Final = 12
"""Payback within this is asked for by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What a case comes to; frames as in `muster.analysis.roi.frames`."""

    case: Case
    draws: int
    seed: int
    figures: pl.DataFrame
    """`Return figures`."""
    chances: pl.DataFrame
    """`Chances`."""
    cash: pl.DataFrame
    """`Cash`."""
    payback: pl.DataFrame
    """`Payback`."""
    drivers: pl.DataFrame
    """`Drivers`."""
    bridge: pl.DataFrame
    """`Bridge`."""
    inputs: pl.DataFrame
    """`Inputs`."""

    def figure(self, measure: str) -> dict[str, Any]:
        """One row of `figures`."""
        return self.figures.row(by_predicate=pl.col("measure") == measure, named=True)

    def chance(self, name: str) -> float:
        """One value of `chances`."""
        return float(self.chances.row(by_predicate=pl.col("chance") == name, named=True)["value"])


def returns(case: Case, *, draws: int = DRAWS, seed: int = SEED) -> Return:
    """The return of a case; the same draws and seed give the same frames.

    Args:
        draws: at least 1; with fewer than some thousand the outer quantiles are rough.
        seed: not negative.
    """
    sample = case.sample(draws, seed)
    money = cash(sample, case.horizon_months)
    return Return(
        case=case,
        draws=draws,
        seed=seed,
        figures=_figures(sample, money, case.horizon_months),
        chances=_chances(money),
        cash=_cash(money),
        payback=_payback(money, case.horizon_months),
        drivers=drivers(sample, case.horizon_months),
        bridge=_bridge(sample),
        inputs=_inputs(case, sample),
    )


def quantiles(values: Draws) -> list[float | None]:
    """The three of `ENDS`; None where that draw has no value (infinite or NaN)."""
    ordered = np.sort(np.where(np.isnan(values), np.inf, values))
    return [_between(ordered, end) for end in ENDS]


def _between(ordered: Draws, end: float) -> float | None:
    """A quantile of sorted values, by straight line between its neighbours."""
    place = end * (len(ordered) - 1)
    low, high = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
    if not np.isfinite(high):
        return None
    return float(low + (high - low) * (place % 1))


def _figures(sample: Sample, money: Cash, horizon_months: int) -> pl.DataFrame:
    by_hand = sample.volume * sample.minutes_by_hand * sample.loaded_rate / 60 * 12
    taken = by_hand * sample.completion_rate
    measures = {
        "npv": ("usd", money.npv),
        "roi": ("share", money.roi),
        "payback": ("months", money.payback),
        "break_even_completion": ("share", break_even_completion(sample, horizon_months)),
        "completion_rate": ("share", sample.completion_rate),
        "by_hand_a_year": ("usd", by_hand),
        "taken_over_a_year": ("usd", taken),
        "left_a_year": ("usd", by_hand - taken),
    }
    rows = [
        {"measure": name, "unit": unit, **_spread(values), "without": float((~np.isfinite(values)).mean())}
        for name, (unit, values) in measures.items()
    ]
    return _frame(FIGURES, rows)


def _chances(money: Cash) -> pl.DataFrame:
    asked = {
        "payback_in_12_months": money.payback <= SOON_MONTHS,
        "never": ~np.isfinite(money.payback),
        "npv_above_zero": money.npv > 0,
    }
    shares = {name: float(true.mean()) for name, true in asked.items()}
    draws = len(money.npv)
    rows = [
        {"chance": name, "value": share, "error": float(np.sqrt(share * (1 - share) / draws))}
        for name, share in shares.items()
    ]
    return _frame(CHANCES, rows)


def _cash(money: Cash) -> pl.DataFrame:
    columns: dict[str, Any] = {"month": np.arange(money.monthly.shape[1])}
    for name, values in (("cash", money.monthly), ("total", money.cumulative)):
        ends = np.quantile(values, ENDS, axis=0)
        columns |= {f"{name}_p{end * 100:.0f}": row for end, row in zip(ENDS, ends, strict=True)}
    return pl.DataFrame(columns).select(pl.col(name).cast(dtype) for name, dtype in CASH.schema.items())


def _payback(money: Cash, horizon_months: int) -> pl.DataFrame:
    found = money.payback[np.isfinite(money.payback)]
    months = np.clip(np.ceil(found), 1, horizon_months).astype(np.int64)
    counts = np.bincount(months, minlength=horizon_months + 1)[1:]
    rows: list[dict[str, Any]] = [
        {"month": month, "share": count / len(money.payback)} for month, count in enumerate(counts, start=1)
    ]
    never = 1 - len(found) / len(money.payback)
    return _frame(PAYBACK, [*rows, {"month": None, "share": never}])


def _bridge(sample: Sample) -> pl.DataFrame:
    one, tasks = margin(sample), sample.volume * 12
    taken = tasks * sample.completion_rate * sample.minutes_by_hand * sample.loaded_rate / 60
    held = taken * (1 - sample.error_rate)
    parts = {
        "work taken over": taken,
        "wrong results done again": held - taken,
        "freed time not captured": tasks * one.freed - held,
        "escalations and approvals": -tasks * one.attention,
        "undoing errors, and their cost": -tasks * one.rework,
        "models, tools, compute": -tasks * one.machine,
        "run cost": -12 * sample.run_cost,
        "what is left": tasks * one.net - 12 * sample.run_cost,
    }
    rows = [{"part": name, "mean": float(values.mean()), **_spread(values)} for name, values in parts.items()]
    return _frame(BRIDGE, rows)


def _inputs(case: Case, sample: Sample) -> pl.DataFrame:
    rows = []
    for name, about in INPUTS.items():
        belief = case.quantities[name]
        words = {"label": about.label, "unit": about.unit, "basis": belief.basis, "n": belief.n}
        rows.append({"input": name, **words, **_spread(getattr(sample, name)), "source": belief.source})
    return _frame(INPUT_TABLE, rows)


def _spread(values: Draws) -> dict[str, float | None]:
    return dict(zip(("p5", "p50", "p95"), quantiles(values), strict=True))


def _frame(contract: FrameContract, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=contract.schema, orient="row")
