"""Why agents call people, and whether they could have done without, in words."""

from typing import Any

import polars as pl

from muster.analysis.figures import duration, figure, interval, money, reason, source_label
from muster.analysis.picture import Picture
from muster.analysis.review.clusters import clusters, last_calls
from muster.analysis.review.remedies import cluster_remedy

_NAMED = 5
"""Groups of escalations that are named, those that take most of people's time."""


def escalation_clusters(drawn: Picture, events: pl.LazyFrame) -> pl.DataFrame:
    """The escalations of a picture in groups of one kind.

    Frame in: `Events` of at least those tasks. Frame out: `Escalation clusters`.

    Raises:
        FrameError: the frame is not an event frame.
    """
    tasks = drawn.escalations.lazy().select("task_id").unique()
    calls = last_calls(events, tasks).collect(engine="streaming")
    return clusters(drawn.escalations, calls, drawn.ended, drawn.human)


def escalation_markdown(answered: list[tuple[Picture, pl.DataFrame]]) -> str:
    """The answer as Markdown: the rate, the reasons, the groups that cost most, and what would spare them.

    Args:
        answered: each model source's picture with its `Escalation clusters`.
    """
    if not answered:
        return "No task has ended yet: there is nothing to count."
    parts = []
    for drawn, groups in answered:
        parts += [f"**{source_label(drawn.model_source)}**", _rate(drawn, groups)]
        named = [_group(row) for row in groups.head(_NAMED).iter_rows(named=True)]
        parts += ["\n".join(named)] if named else []
    parts.append(f"People's time is {answered[0][0].attention_label}.")
    return "\n\n".join(parts)


def _rate(drawn: Picture, groups: pl.DataFrame) -> str:
    row = drawn.kpi("escalation_rate")
    ends = interval(row["low"], row["high"], "share")
    share = f"{figure(row['value'], 'share')}{f' ({ends})' if ends else ''} of {row['n']:,} ended tasks"
    said = f"{share} called a person. {_avoidable(groups)}"
    return said if groups.height <= _NAMED else f"{said} The {_NAMED} groups that took most of people's time:"


def _avoidable(groups: pl.DataFrame) -> str:
    judged, avoidable = groups["judged"].sum(), groups["avoidable"].sum()
    total = groups["escalations"].sum()
    if not judged:
        return f"Of none of the {total:,} escalations is it known whether agents could have handled it."
    return f"Of the {judged:,} of {total:,} that can be judged, agents could have handled {avoidable:,}."


def _group(row: dict[str, Any]) -> str:
    who = "/".join(part for part in (row["team"], row["agent"]) if part)
    about = f" at {row['tool']}" if row["tool"] else ""
    cost = f"{duration(row['human_minutes'] * 60)}, {money(float(row['human_cost_usd']))}"
    judged = (
        f"avoidable in {row['avoidable']} of {row['judged']} judged "
        f"({interval(row['avoidable_low'], row['avoidable_high'], 'share')})"
        if row["judged"]
        else "not judged yet"
    )
    return (
        f"- **{who}**, {reason(row['reason'])}{about}: {row['escalations']:,} ({cost}), {judged}. "
        f"{cluster_remedy(row)} Such as {', '.join(row['examples'])}."
    )
