"""What another setting would have done to a past period, and what nobody can know of it."""

from typing import Any

import polars as pl
import streamlit as st

from app.parts import choices, past, show
from muster.analysis.figures import figure, interval, source_label
from muster.reports.whatif_table import compared_rows, differences, errors, reproduced, signed
from muster.whatif.forecast import Forecast
from muster.whatif.question import Question

_NUMBERS: dict[str, dict[str, Any]] = {
    "confidence_below": {
        "label": "Confidence under which a person is asked",
        "min_value": 0.0,
        "max_value": 1.0,
        "step": 0.01,
    },
    "tool_calls_over": {"label": "Tool calls over which a person is asked", "min_value": 1, "step": 1},
    "commit_below": {
        "label": "An agent alone commits less than",
        "min_value": 0.01,
        "step": 50.0,
        "format": "%.2f",
    },
    "usd_per_day": {"label": "Models: USD a day, all agents", "min_value": 0.01, "step": 1.0},
    "usd_per_hour": {"label": "People: USD an hour", "min_value": 0.0, "step": 1.0},
    "minutes_per_escalation": {"label": "People: minutes an escalation", "min_value": 0.0, "step": 1.0},
}
_TEXTS = {
    "price": ("Price of a model, USD a million tokens", "claude-sonnet-5-5=3,15"),
    "prompt": ("Two versions of a prompt", "support/support_desk=1,2"),
}
_AS_NUMBERS = ("confidence_below", "tool_calls_over")


def settings() -> Question:
    """The other settings, from the address or the controls; what stays as it is is left empty."""
    given: dict[str, Any] = {}
    fields = iter((*st.columns(4), *st.columns(4)))  # row by row, so that they stack in order on a phone
    for name, options in _NUMBERS.items():
        value = next(fields).number_input(value=_number(name), key=name, placeholder="as it was", **options)
        _keep(name, value)
        if value is not None:
            given[name] = value if name in _AS_NUMBERS else f"{value:g}"
    for name, (label, example) in _TEXTS.items():
        text = next(fields).text_input(
            label, value=st.query_params.get(name, ""), key=name, placeholder=example
        )
        _keep(name, text or None)
        if text:
            given[name] = text
    return Question(**given)


def _number(name: str) -> float | int | None:
    kind = int if name == "tool_calls_over" else float
    try:
        value = kind(st.query_params.get(name, ""))
    except ValueError:
        return None
    low, high = _NUMBERS[name]["min_value"], _NUMBERS[name].get("max_value", value)
    return value if low <= value <= high else None


def _keep(name: str, value: Any) -> None:
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = f"{value:g}" if isinstance(value, float) else str(value)


def answer(forecast: Forecast, source: str, number: int) -> None:
    """One change: its figures, the teams, the tasks, and what the record cannot tell."""
    st.subheader(show.words(f"What if {forecast.change}?"))
    row = forecast.company(source)
    if forecast.comparison is not None:
        st.table(
            pl.DataFrame(compared_rows(forecast.comparison.filter(model_source=source))),
            border="horizontal",
            hide_index=True,
        )
    elif row["affected"]:
        tiles(forecast, row)
        teams(forecast, source)
        tasks(forecast.affected.filter(model_source=source), number)
    else:
        st.info(f"Nothing would have changed for any of {row['n']:,} tasks.")
    st.caption(show.words(f"{reproduced(forecast)}."))
    with st.expander("What the record cannot tell", expanded=True):
        st.markdown("\n".join(f"- {show.words(line)}" for line in forecast.unknown))


def tiles(forecast: Forecast, row: dict[str, Any]) -> None:
    """The change in figures: tasks with their interval, people, money, models, wrong outcomes."""
    ends = f"95 %: {interval(row['low'], row['high'], 'share')} · n {row['n']:,}"
    shown = [("Tasks changed", f"{row['affected']:,}", f"{figure(row['share'], 'share')} · {ends}")]
    if row["minutes"] or row["people_usd"]:
        money = signed(float(row["people_usd"]), "usd")
        shown.append(("People", signed(row["minutes"], "minutes"), f"{money} · minutes assumed"))
    shown += [
        (name.capitalize(), value, "more or less than it was")
        for name, value in differences(forecast, row)
        if name in ("models", "money agents commit")
    ]
    scored = f"{row['scored_right']:,} scored right, {row['scored_wrong']:,} wrong"
    shown.append(("Wrong outcomes nobody sees", errors(row), f"of the changed: {scored}"))
    for column, (name, value, below) in zip(st.columns(len(shown)), shown, strict=True):
        with column.container(border=True, height="stretch"):
            st.metric(name, value)
            st.caption(show.words(below))


def teams(forecast: Forecast, source: str) -> None:
    """The teams it would have changed something for."""
    mine = forecast.totals.filter(pl.col("team").is_not_null(), pl.col("affected") > 0, model_source=source)
    rows = [
        {
            "team": show.words(row["team"]),
            "changed": f"{row['affected']:,} of {row['n']:,}",
            "share": show.words(
                f"{figure(row['share'], 'share')} ({interval(row['low'], row['high'], 'share')})"
            ),
            "what differs": show.words("; ".join(f"{n} {value}" for n, value in differences(forecast, row))),
        }
        for row in mine.iter_rows(named=True)
    ]
    st.table(pl.DataFrame(rows), border="horizontal", hide_index=True)


def tasks(affected: pl.DataFrame, number: int) -> None:
    """The tasks, each with the page of its trace, and all of it to download."""
    columns = ("title", "team", "was", "would_be", "why", "truth")
    st.dataframe(
        affected.select(("./tasks?task=" + pl.col("task_id")).alias("link"), *columns),
        hide_index=True,
        key=f"tasks-{number}",
        column_config={
            "link": st.column_config.LinkColumn("task", display_text=r"task=(.+)"),
            "would_be": "would have been",
            "truth": "scored",
        },
        placeholder="",
        alt="Every task that would have changed, and why",
    )
    show.download(affected, f"what-if-{number}")


def page() -> None:
    chosen = choices.scope("What if")
    question = settings()
    if not question.names:
        st.info("Change a setting: what it would have done to the past is worked out from the record.")
        return
    forecasts = past.answers(question, chosen)
    sources = forecasts[0].sources
    source = sources[0]
    if len(sources) > 1:
        source = choices.kept(st.container(), "Model source", "source", sources)
    st.badge(source_label(source), color="orange" if source == "rehearsal" else "blue")
    for number, forecast in enumerate(forecasts, start=1):
        answer(forecast, source, number)


page()
