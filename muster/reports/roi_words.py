"""A return in words and as plain values: one wording for the terminal, the page and the notebook."""

import math
from typing import Any, Final

from muster.analysis.figures import money, source_label
from muster.analysis.roi.returns import SOON_MONTHS, Return
from muster.analysis.roi.yardsticks import SOURCE, YARDSTICKS, Yardstick
from muster.core.canonical import Json
from muster.reports.plain import rows

LABELS: Final = {
    "npv": "net present value",
    "roi": "return on investment",
    "payback": "payback",
    "break_even_completion": "break-even completion rate",
    "completion_rate": "completion rate",
    "by_hand_a_year": "all work by hand, a year",
    "taken_over_a_year": "of it taken over by agents",
    "left_a_year": "of it left to people",
}
"""The measures of `Return figures`, in words."""
_NONE: Final = {"payback": "never", "break_even_completion": "at no rate", "roi": "nothing spent"}
_HEADLINES: Final = ("roi", "payback")
_SURE: Final = 0.95
_NO_LEDGER: Final = "Assumptions alone: nothing here comes from the ledger."


def label(source: str | None) -> str:
    """Where the numbers come from."""
    return _NO_LEDGER if source is None else source_label(source)


def amount(value: float | None, unit: str, measure: str = "") -> str:
    """A drawn figure, no more precise than drawing makes it."""
    if value is None:
        return _NONE.get(measure, "none")
    if unit == "usd":
        return (
            money(value) if abs(value) < 1000 else f"{'-' if value < 0 else ''}${abs(_rounded(value)):,.0f}"
        )
    if unit == "share":
        return f"{value * 100:.0f}\u00a0%"
    if unit == "months":
        return f"{value:.1f} months"
    return f"{_figures(value)} {unit}"


def bare(value: float, unit: str) -> str:
    """The same without its unit, for a table that has the units in a column; shares in percent."""
    if unit.startswith("share"):
        return f"{_figures(value * 100)}\u00a0%"
    return _figures(value)


def middle(ret: Return, measure: str) -> str:
    """The figure half of the draws are below."""
    row = ret.figure(measure)
    return amount(row["p50"], row["unit"], measure)


def span(ret: Return, measure: str) -> str:
    """Where nine draws in ten lie."""
    row = ret.figure(measure)
    low, high = (amount(row[end], row["unit"], measure) for end in ("p5", "p95"))
    return low if low == high else f"{low} – {high}"


def verdict(ret: Return) -> str:
    """Whether it pays, in one sentence with its interval."""
    pays = ret.chance("npv_above_zero")
    months = ret.case.horizon_months
    if pays >= _SURE:
        words = f"pays within {months} months"
    elif pays <= 1 - _SURE:
        words = f"does not pay within {months} months"
    else:
        words = f"may or may not pay within {months} months: {amount(pays, 'share')} of draws do"
    soon, never = (amount(ret.chance(name), "share") for name in ("payback_in_12_months", "never"))
    return (
        f"{words}. NPV {middle(ret, 'npv')} (90\u00a0%: {span(ret, 'npv')}), "
        f"payback {middle(ret, 'payback')} (90\u00a0%: {span(ret, 'payback')}); "
        f"within {SOON_MONTHS} months {soon}, never {never}."
    )


def yardstick(one: Yardstick) -> str:
    """A published expectation, such as `payback, service: 4.1 months`."""
    return f"{LABELS[one.measure]}, {one.scope}: {expected(one)}"


def expected(one: Yardstick) -> str:
    """Its figure, or its two ends."""
    low, high = amount(one.low, one.unit), amount(one.high, one.unit)
    return high if low == high else f"{low.removesuffix(' months')} – {high}"


def roi_markdown(found: list[Return]) -> str:
    """The answer as Markdown: a sentence a team, a table, what it rests on; each model source apart."""
    if not found:
        return "No team has a file of assumptions, so there is nothing to calculate."
    parts: list[str] = []
    for source in dict.fromkeys(ret.case.model_source for ret in found):
        mine = [ret for ret in found if ret.case.model_source == source]
        sentences = "\n".join(f"- **{ret.case.team}** {verdict(ret)}" for ret in mine)
        parts += [f"**{label(source)}**", sentences, _table(mine)]
    parts.append(
        f"Drawn {found[0].draws:,} times; people's time for escalations, approvals and rework is in every "
        f"draw. Expectations others have published, not facts about this company "
        f"({SOURCE}): {'; '.join(yardstick(one) for one in YARDSTICKS if one.measure in _HEADLINES)}."
    )
    return "\n\n".join(parts)


def _table(found: list[Return]) -> str:
    measures = ("npv", "roi", "payback", "break_even_completion")
    lines = [
        "| team | " + " | ".join(LABELS[measure] for measure in measures) + " | completion rate |",
        "|---|" + "---:|" * (len(measures) + 1),
    ]
    for ret in found:
        cells = [f"{middle(ret, measure)} ({span(ret, measure)})" for measure in measures]
        lines.append(f"| {ret.case.team} | " + " | ".join([*cells, completion(ret)]) + " |")
    return "\n".join(lines)


def completion(ret: Return) -> str:
    """The completion rate it is calculated with, and where that comes from."""
    row = next(one for one in ret.inputs.iter_rows(named=True) if one["input"] == "completion_rate")
    low, mid, high = (amount(row[end], "share") for end in ("p5", "p50", "p95"))
    n = "assumed" if row["n"] is None else f"n {row['n']:,}"
    return f"{mid} ({n})" if low == high else f"{mid} ({low} – {high}, {n})"


def plain_return(ret: Return) -> dict[str, Json]:
    """Every frame of the return as plain values; null where a draw has no value."""
    return {
        "team": ret.case.team,
        "model_source": ret.case.model_source,
        "horizon_months": ret.case.horizon_months,
        "draws": ret.draws,
        "seed": ret.seed,
        "notes": list(ret.case.notes),
        "verdict": verdict(ret),
        "figures": rows(ret.figures),
        "chances": rows(ret.chances),
        "cash": rows(ret.cash),
        "payback": rows(ret.payback),
        "drivers": rows(ret.drivers),
        "bridge": rows(ret.bridge),
        "inputs": rows(ret.inputs),
    }


def plain_yardsticks() -> list[Json]:
    """The published expectations, each with its source."""
    return [_plain_yardstick(one) for one in YARDSTICKS]


def _plain_yardstick(one: Yardstick) -> dict[str, Json]:
    told: dict[str, Any] = {name: getattr(one, name) for name in ("measure", "scope", "low", "high", "unit")}
    return {**told, "source": one.source, "kind": "expectation"}


def _figures(value: float) -> str:
    """`value` to three figures, never as a power of ten."""
    rounded = _rounded(value)
    places = 0 if rounded == 0 else max(0, min(6, 2 - math.floor(math.log10(abs(rounded)))))
    text = f"{rounded:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def _rounded(value: float) -> float:
    """`value` to three figures."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, 2 - math.floor(math.log10(abs(value))))
