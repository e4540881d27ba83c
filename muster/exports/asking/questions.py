"""The questions that can be asked about the company, and their answers as plain values."""

from typing import Any, Final, Literal, TypeAlias

import polars as pl

from muster.analysis.definitions import KPIS, target
from muster.analysis.figures import TOO_FEW, figure, interval, source_label
from muster.analysis.kpi import Kpi
from muster.analysis.period import Period
from muster.analysis.picture import Picture
from muster.analysis.steps import task_steps
from muster.core.canonical import Json
from muster.exports.asking.bounds import MOST_BYTES, MOST_ROWS, Row, bounded, plain_rows
from muster.exports.asking.record import Record

Answer: TypeAlias = dict[str, Any]
"""JSON values; the SDK makes no schema of a type that contains itself."""
Status: TypeAlias = Literal["queued", "working", "waiting", "completed", "escalated", "failed", "cancelled"]

_MOST_STEPS: Final = 200
_STRANGERS: Final = ("title", "detail")
"""Columns whose text came from outside, or was written by a model that read such text."""
_FOUND: Final = (
    "task_id",
    "team",
    "status",
    "title",
    "channel",
    "priority",
    "model_source",
    "agent",
    "waiting_for",
    "escalation_reason",
    "escalations",
    "queued_at",
    "ended_at",
    "total_ms",
    "waiting_ms",
    "model_cost_usd",
    "tool_cost_usd",
    "confidence",
    "truth",
    "mistake",
)


def kpis(record: Record, team: str | None, since: str | None, until: str | None, *, by_team: bool) -> Answer:
    """Every KPI of the tasks that ended in the period, real and rehearsal work apart."""
    period = record.period(since, until)
    pictures = record.pictures(period, team)
    sources: list[Json] = []
    for picture in pictures:
        table = picture.table if by_team else picture.table.filter(pl.col("team").is_null())
        told = [_kpi(row) for row in table.iter_rows(named=True)]
        sources.append(
            {**_source(picture), **bounded(told, len(told), most_bytes=MOST_BYTES // len(pictures))}
        )
    return about(record, team, period) | {
        "definitions": [_definition(kpi) for kpi in KPIS],
        "sources": sources,
    }


def costs(record: Record, team: str | None, since: str | None, until: str | None) -> Answer:
    """What the tasks that ended in the period cost: models, tools and people, whole and by team."""
    period = record.period(since, until)
    sources: list[Json] = [
        {**_source(picture), **bounded(plain_rows(picture.costs.iter_rows(named=True)))}
        for picture in record.pictures(period, team)
    ]
    return about(record, team, period) | {
        "unit": "US dollars in columns that end in _usd; people's minutes as `people` says",
        "sources": sources,
    }


def escalations(
    record: Record, team: str | None, since: str | None, until: str | None, *, limit: int
) -> Answer:
    """Why people were called: each reason with its share and interval, and the newest calls."""
    period = record.period(since, until)
    sources: list[Json] = []
    for picture in record.pictures(period, team):
        reasons = picture.of_team(picture.reasons, None)
        newest = plain_rows(picture.escalations.iter_rows(named=True), _STRANGERS)
        sources.append(
            {
                **_source(picture),
                "reasons": list(plain_rows(reasons.iter_rows(named=True))),
                "newest": bounded(newest, limit),
            }
        )
    return about(record, team, period) | {"sources": sources}


def search(
    record: Record,
    *,
    text: str | None,
    team: str | None,
    status: Status | None,
    reason: str | None,
    model_source: str | None,
    since: str | None,
    until: str | None,
    limit: int,
) -> Answer:
    """The tasks that fit all that was asked for, those that came last first."""
    period = record.period(since, until)
    exact = {"team": team, "status": status, "escalation_reason": reason, "model_source": model_source}
    wanted = [pl.col(name) == value for name, value in exact.items() if value is not None]
    if text is not None:
        words = pl.col("title").str.to_lowercase().str.contains(text.lower(), literal=True)
        wanted.append((words | (pl.col("task_id") == text)).fill_null(value=False))
    arrived = pl.coalesce("queued_at", "started_at")
    if period.since is not None:
        wanted.append(arrived >= period.since)
    if period.until is not None:
        wanted.append(arrived < period.until)
    tasks = record.tasks().filter(*wanted) if wanted else record.tasks()
    newest_first = tasks.sort(arrived, descending=True, nulls_last=True).select(_FOUND)
    found = newest_first.collect(engine="streaming")
    newest = plain_rows(found.head(MOST_ROWS).iter_rows(named=True), _STRANGERS)
    answer: Answer = bounded(newest, limit)
    answer |= {"found": found.height, "left_out": found.height - len(answer["rows"])}
    return about(record, team, period) | answer


def trace(record: Record, task_id: str) -> Answer:
    """One task, step by step: what happened when, how long it took, what it cost."""
    events = record.events_of(task_id)
    steps = plain_rows(task_steps(events).iter_rows(named=True), _STRANGERS)
    sources = sorted({str(event["model_source"]) for event in events if event["model_source"]})
    first = events[0]
    return {
        "task_id": task_id,
        "team": first["team"],
        "title": plain_rows([{"title": first["payload"].get("title")}], _STRANGERS)[0]["title"],
        "model_source": list(sources),
        "unit": "milliseconds in columns that end in _ms, US dollars in cost_usd",
        "as_of": record.as_of.isoformat(),
        **bounded(steps, _MOST_STEPS),
    }


def about(record: Record, team: str | None, period: Period) -> Answer:
    """What every answer says of the question and of its own time."""
    return {
        "team": team,
        "since": None if period.since is None else period.since.isoformat(),
        "until": None if period.until is None else period.until.isoformat(),
        "as_of": record.as_of.isoformat(),
    }


def _source(picture: Picture) -> dict[str, Json]:
    ended = ("completed", "escalated", "failed")
    return {
        "model_source": picture.model_source,
        "what_that_is": source_label(picture.model_source),
        "people": picture.attention_label,
        "tasks_ended": {status: picture.count(status) for status in ended},
        "tasks_open": picture.open.height,
    }


def _kpi(row: dict[str, Any]) -> Row:
    value = figure(row["value"], row["unit"])
    bounds = interval(row["low"], row["high"], row["unit"])
    text = f"{value} (95 % interval {bounds}, n = {row['n']})" if bounds else f"{value} (n = {row['n']})"
    answer: Row = {name: row[name] for name in ("team", "kpi", "unit", "n", "value", "low", "high")}
    return answer | {"text": text.replace("\u00a0", " "), "too_few": value == TOO_FEW}


def _definition(kpi: Kpi) -> Row:
    return {
        "kpi": kpi.id,
        "name": kpi.name,
        "question": kpi.question,
        "formula": kpi.formula,
        "n_counts": kpi.denominator,
        "too_few_below": kpi.min_n,
        "target": target(kpi).replace("\u00a0", " "),
    }
