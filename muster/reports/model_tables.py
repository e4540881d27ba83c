"""Models in the terminal: who serves which role, and what caching saved."""

from decimal import Decimal
from typing import Any, Final

import polars as pl
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from muster.analysis.figures import source_label
from muster.models.errors import UnpricedModelError
from muster.models.prices import price_per_mtok
from muster.models.table import ModelTable

_WIDTH: Final = 116


def prices(table: ModelTable) -> dict[str, Any]:
    """The price of each model a million tokens, in US dollars; null where none is known."""
    known: dict[str, Any] = {}
    for model in table.models:
        try:
            known[model] = price_per_mtok(table, model).model_dump()
        except UnpricedModelError:
            known[model] = None
    return known


def print_roles(table: ModelTable, title: str) -> None:
    """Print the roles with their models, limits and prices."""
    known = prices(table)
    drawn = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in (
        "role",
        "model",
        "fallback",
        "answer up to",
        "within",
        "cache",
        "batch",
        "$ a million in / out",
    ):
        drawn.add_column(name)
    for role, choice in table.roles.items():
        price = known[choice.model]
        cost = (
            "no price"
            if price is None
            else f"{price['input'].normalize():f} / {price['output'].normalize():f}"
        )
        drawn.add_row(
            role,
            choice.model + (f" ({choice.effort})" if choice.effort else ""),
            choice.fallback or "none",
            f"{choice.max_tokens:,} tokens",
            f"{choice.limits.timeout_seconds:g} s",
            choice.cache,
            "yes" if choice.batch else "no",
            cost,
        )
    _console().print(drawn)


def print_savings(saved: pl.DataFrame, batches: list[dict[str, Any]]) -> None:
    """Print what the cache and batches saved, each source of answers apart."""
    console = _console()
    if not saved.height:
        console.print("no model was asked yet: there is nothing to count")
    for source in saved["model_source"].unique(maintain_order=True):
        mine = saved.filter(saved["model_source"] == source)
        console.print(Text(source_label(source), style="bold"))
        console.print(_savings_table(mine))
        console.print(_sum(mine))
    for one in batches:
        console.print(
            f"batches ({one['model_source']}): {one['questions']:,} questions for ${one['cost_usd']:.4f}, "
            f"saved ${one['cost_usd']:.4f}"
        )


def _savings_table(saved: pl.DataFrame) -> Table:
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("agent", "model"):
        drawn.add_column(name)
    for name in ("calls", "prompt tokens", "read from cache", "written", "paid", "uncached", "saved"):
        drawn.add_column(name, justify="right")
    for row in saved.iter_rows(named=True):
        who = "/".join(part for part in (row["team"], row["agent"]) if part) or "nobody"
        share = "" if row["read_share"] is None else f"{row['read_share']:.0%}"
        money = [_usd(row[name]) for name in ("paid_usd", "uncached_usd", "saved_usd")]
        counts = [f"{row[name]:,}" for name in ("calls", "prompt_tokens")]
        style = "red" if row["saved_usd"] is not None and row["saved_usd"] < 0 else ""
        drawn.add_row(who, row["model"], *counts, share, f"{row['written_tokens']:,}", *money, style=style)
    return drawn


def _sum(saved: pl.DataFrame) -> str:
    amounts = [amount for amount in saved["saved_usd"] if amount is not None]
    gained = sum((amount for amount in amounts if amount > 0), Decimal(0))
    lost = -sum((amount for amount in amounts if amount < 0), Decimal(0))
    uncached = sum((amount for amount in saved["uncached_usd"] if amount is not None), Decimal(0))
    share = f", {(gained - lost) / uncached:.0%} of what the prompts cost uncached" if uncached else ""
    return f"the cache saved {_usd(gained)} and lost {_usd(lost)} where it did not pay{share}"


def _usd(amount: Decimal | None) -> str:
    return "no price" if amount is None else f"{'-' if amount < 0 else ''}${abs(amount):.4f}"


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=True)
    return console if console.width >= _WIDTH else Console(highlight=False, soft_wrap=True, width=_WIDTH)
