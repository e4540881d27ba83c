"""What another setting would have done to a past period, and what nobody can know of it."""

from typing import Any

import polars as pl
import streamlit as st

from app.parts import choices, other_settings, past, show
from muster.analysis.figures import figure, interval
from muster.reports.whatif_table import compared_rows, differences, errors, reproduced, signed
from muster.whatif.forecast import Forecast


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
            "title": st.column_config.TextColumn(width="medium"),
            "would_be": "would have been",
            "truth": "scored",
        },
        placeholder="",
        alt="Every task that would have changed, and why",
    )
    show.download(affected, f"what-if-{number}")


def page() -> None:
    chosen = choices.scope("What if")
    question = other_settings.asked()
    if not question.names:
        st.info("Change a setting: what it would have done to the past is worked out from the record.")
        return
    forecasts = past.answers(question, chosen)
    source = choices.source(forecasts[0].sources)
    if source is None:
        return
    for number, forecast in enumerate(forecasts, start=1):
        answer(forecast, source, number)


page()
