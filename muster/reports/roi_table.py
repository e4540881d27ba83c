"""Returns in the terminal: the figures, what drives them, and what they rest on."""

from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from muster.analysis.roi.returns import Return
from muster.analysis.roi.yardsticks import SOURCE, YARDSTICKS
from muster.reports.roi_words import LABELS, amount, bare, label, middle, span, verdict, yardstick

WIDTH: Final = 116
"""Columns the tables take; give a console without a terminal this width."""
_CHANCES: Final = {
    "payback_in_12_months": "paid back within 12 months",
    "never": "not paid back within the horizon",
    "npv_above_zero": "net present value above zero",
}


def print_returns(console: Console, found: list[Return]) -> None:
    """Print every return; the published expectations once, below."""
    for ret in found:
        console.print(Text(f"{ret.case.team}: {label(ret.case.model_source)}", style="bold"))
        console.print(Text(f"{ret.case.team} {verdict(ret)}"))
        for note in ret.case.notes[1:]:
            console.print(Text(note, style="yellow"))
        console.print(_figures(ret))
        if ret.drivers.height:
            console.print(_drivers(ret))
        console.print(_inputs(ret))
    if found:
        console.print(Text(f"To hold it against, {SOURCE}:", style="dim"))
        for one in YARDSTICKS:
            console.print(Text(f"  {yardstick(one)}", style="dim"))


def _figures(ret: Return) -> Table:
    table = _table(f"{ret.case.horizon_months} months, {ret.draws:,} draws, seed {ret.seed}")
    table.add_column("")
    for name in ("middle", "nine draws in ten"):
        table.add_column(name, justify="right", no_wrap=True)
    for measure, words in LABELS.items():
        table.add_row(words, middle(ret, measure), span(ret, measure))
    for name, words in _CHANCES.items():
        table.add_row(words, amount(ret.chance(name), "share"), "")
    return table


def _drivers(ret: Return) -> Table:
    table = _table("What drives it: net present value with one input at its 10th and 90th percentile")
    for name in ("input", "unit"):
        table.add_column(name)
    for name in ("from", "to", "NPV at the first", "NPV at the second"):
        table.add_column(name, justify="right")
    for row in ret.drivers.head(6).iter_rows(named=True):
        ends = [bare(row[end], row["unit"]) for end in ("low", "high")]
        npvs = [amount(row[end], "usd") for end in ("npv_at_low", "npv_at_high")]
        table.add_row(row["label"], row["unit"], *ends, *npvs)
    return table


def _inputs(ret: Return) -> Table:
    table = _table("What it rests on")
    for name in ("input", "unit"):
        table.add_column(name)
    for name in ("middle", "nine draws in ten"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("from")
    for row in ret.inputs.iter_rows(named=True):
        low, mid, high = (bare(row[end], row["unit"]) for end in ("p5", "p50", "p95"))
        ends = "" if low == high else f"{low} – {high}"
        table.add_row(row["label"], row["unit"], mid, ends, f"{row['basis']}: {row['source']}")
    return table


def _table(title: str) -> Table:
    return Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
