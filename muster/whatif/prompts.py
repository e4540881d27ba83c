"""Two versions of a prompt that both ran: how the tasks of each came out, and the difference."""

import re
from collections import defaultdict
from typing import Final

import polars as pl

from muster.analysis import intervals
from muster.analysis.frames import COUNT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost, with_human_cost
from muster.ledger.events import ModelCallIntended
from muster.whatif.errors import NeverRanError, SettingError
from muster.whatif.forecast import Forecast, affected_tasks, plural
from muster.whatif.past import Past

MIN_TASKS: Final = 10
"""Below this many tasks of a version its shares are not told: too few."""

VERSIONS: Final = FrameContract(
    "versions compared",
    "model source and figure",
    (
        Column("model_source", TEXT, "never null"),
        Column("figure", TEXT, "`completed`, `called a person`, `right` or `cost_usd`"),
        Column("unit", TEXT, "`share` or `usd`"),
        Column("n_first", COUNT, "tasks of the first version it is counted over"),
        Column("first", NUMBER, "of the first version; null when too few"),
        Column("n_second", COUNT, "tasks of the second version"),
        Column("second", NUMBER, "of the second version; null when too few"),
        Column("difference", NUMBER, "second less first; null when either is too few"),
        Column("low", NUMBER, "lower end of its 95 % interval"),
        Column("high", NUMBER, "upper end of its 95 % interval"),
    ),
)

_SPELLING = re.compile(r"(?P<who>[^/=\s]+/[^/=:\s]+)(:(?P<kind>[a-z0-9_]+))?=(?P<one>\d+),(?P<two>\d+)")
_SHAPE = "write TEAM/AGENT=1,2, or TEAM/AGENT:KIND=1,2 for the prompt of one kind of work"


def under_prompt(past: Past, text: str, human: HumanCost) -> Forecast:
    """An agent's prompt is the second version where it was the first.

    Args:
        text: `TEAM/AGENT=V1,V2`, or `TEAM/AGENT:KIND=V1,V2` for the prompt of one kind of work.

    Raises:
        SettingError: it is written otherwise.
        NeverRanError: a version did no work in the period.
    """
    spelt = _SPELLING.fullmatch(text.strip())
    if spelt is None or spelt["one"] == spelt["two"]:
        raise SettingError(f"{text!r} names no two versions", where="--prompt", do=_SHAPE)
    who, kind, versions = spelt["who"], spelt["kind"] or "", (int(spelt["one"]), int(spelt["two"]))
    ran = _tasks_by_version(past, who, kind)
    for version in versions:
        if version not in ran:
            known = ", ".join(map(str, sorted(ran))) or "none"
            raise NeverRanError(
                f"version {version} of the prompt of {who} did no work in the period",
                where="--prompt",
                do=f"choose of the versions that ran: {known}",
            )
    both = ran[versions[0]] & ran[versions[1]]
    first, second = (_of(past, ran[version] - both, human) for version in versions)
    return Forecast(
        change=f"{who} works by version {versions[1]} of its prompt where it worked by {versions[0]}",
        tasks=past.tasks,
        affected=affected_tasks(past, (), human),
        decisions=first.height + second.height,
        reproduced=first.height + second.height,
        unknown=tuple(_unknown(first.height, len(both))),
        comparison=compared(first, second),
    )


def compared(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """The figures of two versions' tasks and their differences, by model source.

    Frames in: `Tasks` with what each cost in all. Frame out: `Versions compared`; the interval of a
    difference is made from those of the two (MOVER).
    """
    sources = sorted({*first["model_source"], *second["model_source"]})
    rows = [
        _row(source, name, unit, *(table.filter(model_source=source) for table in (first, second)))
        for source in sources
        for name, unit in _FIGURES
    ]
    return pl.DataFrame(rows, schema=VERSIONS.schema, orient="row")


_FIGURES: Final = (
    ("completed", "share"),
    ("called a person", "share"),
    ("right", "share"),
    ("cost_usd", "usd"),
)


def _row(source: str, name: str, unit: str, first: pl.DataFrame, second: pl.DataFrame) -> dict[str, object]:
    (n_first, one), (n_second, two) = (_figure(name, table) for table in (first, second))
    row: dict[str, object] = {
        "model_source": source,
        "figure": name,
        "unit": unit,
        "n_first": n_first,
        "n_second": n_second,
    }
    if one is None or two is None:
        return row | {"first": one and one[0], "second": two and two[0]}
    value = two[0] - one[0]
    below = ((two[0] - two[1]) ** 2 + (one[2] - one[0]) ** 2) ** 0.5
    above = ((two[2] - two[0]) ** 2 + (one[0] - one[1]) ** 2) ** 0.5
    return row | {
        "first": one[0],
        "second": two[0],
        "difference": value,
        "low": value - below,
        "high": value + above,
    }


def _figure(name: str, tasks: pl.DataFrame) -> tuple[int, tuple[float, float, float] | None]:
    """n, and value with both ends of its interval; null when too few."""
    if name == "cost_usd":
        return tasks.height, _mean_cost(tasks) if tasks.height >= MIN_TASKS else None
    counted = tasks.filter(pl.col("truth").is_not_null()) if name == "right" else tasks
    hits = {
        "completed": pl.col("status") == "completed",
        "called a person": (pl.col("status") == "escalated") | (pl.col("escalations") > 0),
        "right": pl.col("truth") == "correct",
    }[name]
    if counted.height < MIN_TASKS:
        return counted.height, None
    table = counted.select(hits=hits.sum(), n=pl.len())
    low, high = intervals.wilson(pl.col("hits"), pl.col("n"))
    share = (pl.col("hits") / pl.col("n")).alias("share")
    return counted.height, table.select(share, low.alias("low"), high.alias("high")).row(0)


def _mean_cost(tasks: pl.DataFrame) -> tuple[float, float, float]:
    exact = pl.col("total_cost_usd")
    value, low, high = intervals.ratio(exact.cast(pl.Float64), pl.col("one"), exact=exact)
    ends = (value.alias("value"), low.alias("low"), high.alias("high"))
    return tasks.with_columns(one=pl.lit(1.0)).select(*ends).row(0)


def _tasks_by_version(past: Past, who: str, kind: str) -> dict[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for entry in past.model_calls:
        match entry.event:
            case ModelCallIntended(prompt_version=version, transaction_type=of) if entry.who == who:
                if of == kind and version and entry.task_id in past.task_ids:
                    found[version].add(entry.task_id or "")
            case _:
                pass
    return dict(found)


def _of(past: Past, task_ids: set[str], human: HumanCost) -> pl.DataFrame:
    mine = past.tasks.filter(pl.col("task_id").is_in(list(task_ids)))
    return with_human_cost(mine.lazy(), human).collect()


def _unknown(tasks: int, both: int) -> list[str]:
    said = [
        f"How each of the {plural(tasks, 'task')} of the first version would have gone is not known, only "
        "how the two groups came out.",
        "The versions did not get their tasks by lot: other days, other tasks, other models can be behind a "
        "difference. An experiment with both at once tells more.",
    ]
    if both:
        said.append(f"{plural(both, 'task')} met both versions and are left out.")
    return said
