"""Forecasts in the terminal, as Markdown and as plain values."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from muster.analysis.figures import TOO_FEW, figure, interval, money, source_label
from muster.core.canonical import Json
from muster.reports.plain import rows
from muster.whatif.forecast import Forecast, plural

WIDTH: Final = 132
"""Columns the tables take; give a console without a terminal this width."""
SHOWN: Final = 20
"""Tasks that are listed; all of them are in the JSON and in the page's download."""

_MINUS: Final = "\u2212"


def print_forecasts(console: Console, forecasts: Sequence[Forecast], shown: int = SHOWN) -> None:
    """Print each change: what it comes to, the tasks and why, and what nobody can know."""
    for forecast in forecasts:
        console.print(Text(f"\nWhat if {forecast.change}?", style="bold"))
        for source in forecast.sources:
            console.print(Text(source_label(source), style="bold"))
            console.print(sentence(forecast, source), highlight=False)
            if forecast.comparison is not None:
                console.print(_comparison(forecast.comparison.filter(model_source=source)))
            if forecast.affected.filter(model_source=source).height:
                console.print(_totals(forecast, source))
                console.print(_tasks(forecast, source, shown))
        console.print(Text(reproduced(forecast), style="dim"))
        console.print(Text("What the record cannot tell:", style="bold"))
        for line in forecast.unknown:
            console.print(f"  - {line}")


def sentence(forecast: Forecast, source: str) -> str:
    """What the change comes to for the tasks of one model source."""
    row = forecast.company(source)
    if row["affected"] == 0:
        return f"Nothing would have changed for any of {plural(row['n'], 'task')}."
    ends = interval(row["low"], row["high"], "share")
    share = figure(row["share"], "share")
    said = [f"{row['affected']:,} of {plural(row['n'], 'task')} would have changed ({share}, 95 %: {ends})"]
    said += [f"{name} {value}" for name, value in differences(forecast, row)]
    if row["minutes"] or row["committed"]:
        said.append(f"of them {row['scored_right']:,} were scored right, {row['scored_wrong']:,} wrong")
    return "; ".join(said) + "."


def differences(forecast: Forecast, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What differs in a row of `Forecast totals`, by its name; nothing that stays as it was."""
    currencies = forecast.affected["currency"].drop_nulls().unique()
    if row["minutes"]:
        yield "people", f"{signed(row['minutes'], 'minutes')} ({signed(float(row['people_usd']), 'usd')})"
    elif row["people_usd"]:
        yield "people", signed(float(row["people_usd"]), "usd")
    if row["model_usd"]:
        yield "models", signed(float(row["model_usd"]), "usd")
    if row["committed"]:
        yield "money agents commit", f"{signed(float(row['committed']), 'amount')} {''.join(currencies[:1])}"
    if any(row[name] for name in ("errors_less", "errors_more", "errors_unknown")):
        yield "wrong outcomes", errors(row)


def errors(row: dict[str, Any]) -> str:
    """Wrong outcomes nobody looks at: fewer, more, and of how many tasks the record cannot say."""
    parts = [f"{row['errors_less']:,} fewer unseen" if row["errors_less"] else ""]
    parts.append(f"{row['errors_more']:,} more unseen" if row["errors_more"] else "")
    parts.append(f"of {plural(row['errors_unknown'], 'task')} not known" if row["errors_unknown"] else "")
    return ", ".join(part for part in parts if part) or "no change"


def signed(value: float, unit: str) -> str:
    """A difference with its sign."""
    size = abs(value)
    words = {"usd": money(size), "minutes": f"{size:,.0f} min", "amount": f"{size:,.2f}"}[unit]
    return f"{'+' if value >= 0 else _MINUS}{words}"


def reproduced(forecast: Forecast) -> str:
    """How much of the record comes out as it was under what was in force then."""
    if forecast.comparison is not None:
        return f"{plural(forecast.decisions, 'task')} compared"
    said = f"{forecast.reproduced:,} of {forecast.decisions:,} recorded decisions come out as recorded"
    left = forecast.decisions - forecast.reproduced
    return f"{said}; {left:,} do not, and are left out" if left else f"{said} when nothing is changed"


def as_values(forecasts: Sequence[Forecast]) -> list[Json]:
    """The forecasts as plain values, every affected task included; model sources apart."""
    return [
        {
            "change": forecast.change,
            "decisions": forecast.decisions,
            "reproduced": forecast.reproduced,
            "unknown": list(forecast.unknown),
            "sources": {
                source: {
                    "totals": rows(forecast.totals.filter(model_source=source).drop("model_source")),
                    "tasks": rows(forecast.affected.filter(model_source=source).drop("model_source")),
                    "comparison": []
                    if forecast.comparison is None
                    else rows(forecast.comparison.filter(model_source=source).drop("model_source")),
                }
                for source in forecast.sources
            },
        }
        for forecast in forecasts
    ]


def as_markdown(forecasts: Sequence[Forecast]) -> str:
    """The answer as Markdown: for each change a sentence a model source, and what nobody can know."""
    parts = []
    for forecast in forecasts:
        parts.append(f"**What if {forecast.change}?**")
        parts += [f"{source_label(one)} {sentence(forecast, one)}" for one in forecast.sources]
        parts.append("\n".join(f"- {line}" for line in (f"{reproduced(forecast)}.", *forecast.unknown)))
    return "\n\n".join(parts)


def compared_rows(comparison: pl.DataFrame) -> list[dict[str, str]]:
    """`Versions compared` of one model source, as people read it."""
    return [
        {
            "figure": {"right": "right, of those scored", "cost_usd": "cost of a task"}.get(
                row["figure"], row["figure"]
            ),
            "first version": f"{figure(row['first'], row['unit'])} (n {row['n_first']:,})",
            "second version": f"{figure(row['second'], row['unit'])} (n {row['n_second']:,})",
            "difference": TOO_FEW if row["difference"] is None else _difference(row),
            "95 %": "" if row["low"] is None else _ends(row),
        }
        for row in comparison.iter_rows(named=True)
    ]


def _difference(row: dict[str, Any]) -> str:
    if row["unit"] == "usd":
        return signed(row["difference"], "usd")
    return f"{'+' if row['difference'] >= 0 else _MINUS}{figure(abs(row['difference']), 'share')}"


def _ends(row: dict[str, Any]) -> str:
    return interval(row["low"], row["high"], row["unit"])


def _comparison(comparison: pl.DataFrame) -> Table:
    table = _table("Versions compared")
    told = compared_rows(comparison)
    for name in told[0] if told else ():
        table.add_column(name, justify="left" if name == "figure" else "right")
    for row in told:
        table.add_row(*row.values())
    return table


def _totals(forecast: Forecast, source: str) -> Table:
    table = _table("By team (95 % interval of the share)")
    table.add_column("team")
    for name in ("tasks", "changed", "share", "95 %", "what differs"):
        table.add_column(name, justify="left" if name == "what differs" else "right")
    mine = forecast.totals.filter(model_source=source)
    for row in (*mine.filter(pl.col("team").is_not_null()).iter_rows(named=True), forecast.company(source)):
        differs = "; ".join(f"{name} {value}" for name, value in differences(forecast, row))
        table.add_row(
            row["team"] or "company",
            f"{row['n']:,}",
            f"{row['affected']:,}",
            figure(row["share"], "share"),
            interval(row["low"], row["high"], "share"),
            differs if row["affected"] else "",
            style="" if row["team"] else "bold",
        )
    return table


def _tasks(forecast: Forecast, source: str, shown: int) -> Table:
    mine = forecast.affected.filter(model_source=source)
    rest = mine.height - shown
    table = _table("Tasks", caption=f"and {rest:,} more (all of them: --json)" if rest > 0 else None)
    table.add_column("task", no_wrap=True)
    for name in ("team", "was", "would have been", "why"):
        table.add_column(name)
    for row in mine.head(shown).iter_rows(named=True):
        table.add_row(row["task_id"], row["team"], row["was"], row["would_be"], row["why"])
    return table


def _table(title: str, caption: str | None = None) -> Table:
    return Table(
        title=title,
        caption=caption,
        box=box.SIMPLE_HEAD,
        title_justify="left",
        caption_justify="left",
        title_style="bold",
        pad_edge=False,
    )
