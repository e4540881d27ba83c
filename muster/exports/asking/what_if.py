"""Another setting held against a past period, as a question to the record."""

from collections.abc import Sequence
from typing import Annotated, Final

import polars as pl
from pydantic import Field

from muster.analysis.figures import source_label
from muster.core.canonical import Json
from muster.core.settings import Settings
from muster.exports.asking.bounds import MOST_BYTES, bounded, plain_rows
from muster.exports.asking.questions import Answer, about
from muster.exports.asking.record import Record
from muster.exports.asking.server import Limit, Question, Since, Team, Until
from muster.gateway.registration import load_registration
from muster.reports.whatif_table import reproduced, sentence
from muster.whatif.forecast import Forecast
from muster.whatif.past import read_past
from muster.whatif.question import Question as Change
from muster.whatif.question import asked

_STRANGERS: Final = ("title", "why")


def what_if_question(record: Record, settings: Settings) -> Question:
    """The tool for the server; settings come as numbers and words, never as files."""

    def what_if(
        confidence_below: Annotated[
            float | None, Field(description="Answers less sure go to a person.", ge=0, le=1)
        ] = None,
        tool_calls_over: Annotated[
            int | None, Field(description="Runs with more tool calls go to a person.", ge=0, le=10_000)
        ] = None,
        commit_below: Annotated[
            str | None,
            Field(description="What agents may commit alone to a payee in a day.", max_length=20),
        ] = None,
        usd_per_day: Annotated[
            str | None, Field(description="US dollars all agents may spend on models a day.", max_length=20)
        ] = None,
        price: Annotated[
            str | None, Field(description="MODEL=INPUT,OUTPUT: US dollars a million tokens.", max_length=99)
        ] = None,
        prompt: Annotated[
            str | None, Field(description="TEAM/AGENT=V1,V2: versions that both ran.", max_length=160)
        ] = None,
        usd_per_hour: Annotated[
            str | None, Field(description="US dollars an hour of people's time.", max_length=20)
        ] = None,
        minutes_per_escalation: Annotated[
            str | None, Field(description="Minutes a person spends on one call.", max_length=20)
        ] = None,
        team: Team = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 20,
    ) -> Answer:
        """What another setting would have done to a past period: how many tasks would have changed, what that
        comes to in money, people's minutes and errors, which tasks, and what the record cannot tell. Name at
        least one setting; each is held against the record by itself. Nothing is changed."""
        change = Change(
            confidence_below=confidence_below,
            tool_calls_over=tool_calls_over,
            commit_below=commit_below,
            usd_per_day=usd_per_day,
            price=price,
            prompt=prompt,
            usd_per_hour=usd_per_hour,
            minutes_per_escalation=minutes_per_escalation,
        )
        change.check()
        period = record.period(since, until)
        registration = load_registration(settings.tools_registration)
        past = read_past(record.reader, registration, period, team)
        forecasts = asked(past, change, settings, record.human)
        return about(record, team, period) | _answer(forecasts, record, limit)

    return Question("what_if", "What if", what_if)


def _answer(forecasts: Sequence[Forecast], record: Record, limit: int) -> Answer:
    room = MOST_BYTES // max(1, sum(len(forecast.sources) for forecast in forecasts))
    return {
        "people": record.human.label,
        "note": "Each change is by itself; what would have come of it elsewhere is not in the record.",
        "changes": [_told(forecast, limit, room) for forecast in forecasts],
    }


def _told(forecast: Forecast, limit: int, most_bytes: int) -> dict[str, Json]:
    sources: list[Json] = []
    for source in forecast.sources:
        mine = pl.col("model_source") == source
        affected = plain_rows(forecast.affected.filter(mine).iter_rows(named=True), _STRANGERS)
        told: dict[str, Json] = {
            "model_source": source,
            "what_that_is": source_label(source),
            "summary": sentence(forecast, source).replace("\u00a0", " "),
            "totals": list(plain_rows(forecast.totals.filter(mine).iter_rows(named=True))),
            "tasks": bounded(affected, limit, most_bytes=most_bytes),
        }
        if forecast.comparison is not None:
            told["comparison"] = list(plain_rows(forecast.comparison.filter(mine).iter_rows(named=True)))
        sources.append(told)
    return {
        "change": forecast.change,
        "how_sure": reproduced(forecast),
        "record_cannot_tell": list(forecast.unknown),
        "sources": sources,
    }
