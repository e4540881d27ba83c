"""What the work costs and whether caching pays, in words."""

from decimal import Decimal
from typing import Any

import polars as pl

from muster.analysis.figures import figure, interval, money, source_label
from muster.analysis.picture import Picture


def cost_markdown(pictures: list[Picture], savings: pl.DataFrame) -> str:
    """The answer as Markdown: where the money went, what one task costs, what the cache saved.

    Frame in: `Cache savings`; each model source gets a part of its own.
    """
    if not pictures:
        return "No task has ended yet: there is nothing to count."
    parts = []
    for drawn in pictures:
        spent = drawn.of_team(drawn.costs, None).row(0, named=True)
        mine = savings.filter(model_source=drawn.model_source)
        lines = [_parts(spent), _each(drawn), _cache(mine)]
        parts += [f"**{source_label(drawn.model_source)}**", "\n".join(f"- {line}" for line in lines)]
    parts.append(f"People's time is {pictures[0].attention_label}.")
    return "\n\n".join(parts)


def _parts(spent: dict[str, Any]) -> str:
    total = spent["total_cost_usd"]
    names = {"model": "models", "tool": "tools", "compute": "compute", "human": "people"}
    told = [
        f"{name} {money(float(spent[f'{part}_cost_usd']))}{_of(spent[f'{part}_cost_usd'], total)}"
        for part, name in names.items()
    ]
    return f"{spent['tasks']:,} tasks took {money(float(total))}: {', '.join(told)}."


def _of(part: Decimal, total: Decimal) -> str:
    return f" ({figure(float(part / total), 'share')})" if total else ""


def _each(drawn: Picture) -> str:
    row = drawn.kpi("total_cost_per_task")
    ends = interval(row["low"], row["high"], "usd")
    return f"One task costs {figure(row['value'], 'usd')}{f' ({ends})' if ends else ''}, n {row['n']:,}."


def _cache(savings: pl.DataFrame) -> str:
    known = savings.drop_nulls("saved_usd")
    if known.is_empty():
        return (
            "No prompt of a model with a known price is in the record, so what caching saved cannot be said."
        )
    saved, uncached = (float(known[name].sum()) for name in ("saved_usd", "uncached_usd"))
    losing = known.filter(pl.col("saved_usd") < 0)
    share = f", {figure(saved / uncached, 'share')} of what the prompts would have cost" if uncached else ""
    loss = (
        f"; it does not pay for {losing.height} of {known.height} agents and models, which lost "
        f"{money(-float(losing['saved_usd'].sum()))}"
        if losing.height
        else "; it pays, or costs nothing, everywhere"
    )
    return f"Caching saved {money(saved)}{share}{loss}."
