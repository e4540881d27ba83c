"""Where the money goes, where the month is going, how near budgets came, and which days stand out."""

from calendar import monthrange
from datetime import date
from decimal import Decimal

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis import charts_spending
from muster.analysis.anomalies import DEVIATIONS, FALSE_ALARMS, MIN_BEFORE, judged_days, standing_out
from muster.analysis.burn import FLEET, NEAR, burn
from muster.analysis.figures import TOO_FEW, figure, interval, money
from muster.analysis.forecast import MIN_DAYS, month_forecast
from muster.analysis.spending import TOOLS, By, daily, shares, spending_sources

# A budget this many times the month's money would flatten the drawing.
_IN_SIGHT = 3
_PARTS: dict[str, By] = {"team": "team", "agent": "agent", "model": "bought"}


def tiles(days: pl.DataFrame, of_models: pl.DataFrame, today: date, limit: Decimal | None) -> None:
    """The month so far, its end, and its budget, which only models draw on."""
    told = month_forecast(days, today)
    length = monthrange(today.year, today.month)[1]
    ends = interval(told.low, told.high, "usd")
    facts = [
        (f"{today:%B} so far", money(told.spent), f"day {today.day} of {length}, UTC"),
        (
            "At the month's end",
            figure(told.value, "usd"),
            f"95 %: {ends} · {told.days} days behind" if ends else f"under {MIN_DAYS} days behind",
        ),
    ]
    budget = None if limit is None else limit * length
    most = max(told.high or 0.0, told.spent)
    near = budget is not None and float(budget) < _IN_SIGHT * most
    if budget is not None:
        used = month_forecast(of_models, today).spent
        share = f"{used / float(budget) * 100:.1f} % of it spent" if budget else "nothing may be spent"
        a_day = f"{money(float(limit or 0))} a day"
        facts.append(("The month's budget", money(float(budget)), f"{share} on models · {a_day}"))
    for column, (name, value, note) in zip(st.columns(len(facts)), facts, strict=True):
        with column:
            show.fact(name, value, note)
    st.subheader("The month")
    show.chart(
        charts_spending.month(days, told, budget if near else None),
        "month",
        "Money of the month adding up, with forecast",
    )
    st.caption(
        "Days to come are taken to be like the days behind (weekends like weekends), one independent of the "
        "next; a change of price or of volume is not foreseen."
        + ("" if near or budget is None else " The budget lies far above what is drawn.")
    )


def where_it_goes(spent: pl.DataFrame) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("By day and team")
        show.chart(charts_spending.spent_by_team(spent), "by-day", "Money of each day by team")
        show.download(spent, "spending")
    with right:
        heading, choice = st.columns([1, 1], vertical_alignment="center")
        heading.subheader("Who spends it")
        name = choice.segmented_control(
            "By",
            list(_PARTS),
            default="team",
            required=True,
            key="by",
            bind="query-params",
            label_visibility="collapsed",
        )
        rows = shares(spent, _PARTS[name or "team"])
        show.chart(charts_spending.shares(rows), "shares", f"Money by {name}")
        show.download(rows, "spending-shares")


def budgets(spent: pl.DataFrame, limits: pl.DataFrame) -> None:
    st.subheader("Budgets")
    if limits.is_empty():
        st.markdown("No budget is known: no team is deployed.")
        return
    rows = burn(spent, limits)
    if rows["peak_share"].null_count() < rows.height:
        show.chart(charts_spending.burn(rows), "burn", "Share of each daily budget used")
    close = rows.filter(pl.col("close_days") > 0)
    named = ", ".join(f"{row['who']} on {row['close_days']} days" for row in close.iter_rows(named=True))
    st.markdown(show.words(f"At {NEAR * 100:.0f} % of a day's budget or more: {named or 'nobody'}."))
    st.caption("Held against the budgets in force now, model calls only.")
    show.download(rows, "burn")


def odd_days(days: pl.DataFrame, today: date) -> None:
    st.subheader("Days that stand out")
    judged = judged_days(days, today)
    out, fair = standing_out(judged), judged.filter(pl.col("verdict") != TOO_FEW)
    if fair.is_empty():
        st.markdown(f"Too few days to say what is usual: {MIN_BEFORE} of a kind have to lie behind one.")
        return
    show.chart(charts_spending.judged(judged), "judged", "Each day's money in the band of the usual")
    lines = [
        f"- {row['day']:%a %d %b}: {money(float(row['cost_usd']))}, {row['verdict']} against a usual "
        f"{money(row['usual_usd'])} ({interval(row['low_usd'], row['high_usd'], 'usd')})"
        for row in out.head(10).iter_rows(named=True)
    ]
    st.markdown(show.words("\n".join(lines)).replace("\\-", "-") if lines else "None.")
    st.caption(
        f"{fair.height} days judged; more than {DEVIATIONS} robust standard deviations (MAD) from the median "
        f"of the same kind of day in eight weeks. At most {FALSE_ALARMS * 100:.0f} ordinary day in 100 is "
        f"called out: about {fair.height * FALSE_ALARMS:.1f} of these."
    )
    show.download(judged, "judged-days")


def page() -> None:
    chosen = choices.scope("Cost")
    every = chosen.mine(record.spent())
    source = choices.source(spending_sources(every))
    if source is None:
        st.info("Nothing was spent here yet.")
        return
    spent = every.filter(pl.col("model_source") == source)
    today = chosen.at.date()
    days, limits = daily(spent, today), record.budgets()
    scope = FLEET if chosen.team is None else chosen.team
    limit = dict(zip(limits["who"], limits["usd_per_day"], strict=True)).get(scope)
    tiles(days, daily(spent.filter(pl.col("bought") != TOOLS), today), today, limit)
    within = choices.of_days(spent, chosen)
    if within.is_empty():
        st.info(f"Nothing was spent in this period ({chosen.period}).")
        return
    where_it_goes(within)
    left, right = st.columns(2, gap="large")
    with left:
        budgets(within, choices.budgets_of(limits, chosen))
    with right:
        odd_days(days, today)
    st.caption(
        "Counted on the day a call was settled. The overview counts a task's cost on the day it ended."
    )


page()
