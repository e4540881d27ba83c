"""Which team is worth its cost, in words."""

from typing import Any

import polars as pl

from muster.analysis.figures import figure, interval, money, source_label
from muster.analysis.human import HumanCost

_VERDICTS = {
    "worth it": "worth its cost",
    "not worth it": "not worth its cost",
    "cannot tell": "cannot be told yet: its interval reaches both sides",
    "too few": "has completed too few tasks to tell",
}

_ASSUMED = (
    "People's time is {human}. The verdict also assumes that a person would need as long for the whole task "
    "by hand; the break-even does not: a team is worth it for every kind of task that takes a person longer."
)


def worth_markdown(worth: pl.DataFrame, human: HumanCost) -> str:
    """The answer as Markdown: a sentence a team, a table with every interval, the assumption it rests on.

    Frame in: `Worth` with a row per team; each model source gets a part of its own.
    """
    if worth.is_empty():
        return "No task has ended yet, so there is nothing to weigh."
    parts = []
    for (source,), rows in worth.group_by("model_source", maintain_order=True):
        teams = list(rows.iter_rows(named=True))
        parts += [f"**{source_label(str(source))}**", _sentences(teams), _table(teams)]
    parts.append(_ASSUMED.format(human=human.label))
    return "\n\n".join(parts)


def _sentences(teams: list[dict[str, Any]]) -> str:
    return "\n".join(f"- **{row['team']}** {_sentence(row)}" for row in teams)


def _sentence(row: dict[str, Any]) -> str:
    verdict = _VERDICTS[row["verdict"]]
    if row["cost_usd"] is None:
        return f"{verdict} (n {row['n']})."
    minutes = interval(row["low_minutes"] * 60, row["high_minutes"] * 60, "seconds")
    even = figure(row["break_even_minutes"] * 60, "seconds")
    return f"{verdict}: a result costs as much as {even} of a person ({minutes}, n {row['n']})."


def _table(teams: list[dict[str, Any]]) -> str:
    lines = [
        "| team | completed | cost of a result, people included | 95 % interval | saved by a result |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in teams:
        saved = "" if row["saved_usd"] is None else money(row["saved_usd"])
        ends = interval(row["low_usd"], row["high_usd"], "usd")
        lines.append(f"| {row['team']} | {row['n']} | {figure(row['cost_usd'], 'usd')} | {ends} | {saved} |")
    return "\n".join(lines)
