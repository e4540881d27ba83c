from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
from plotly.graph_objects import Figure

from muster.analysis import charts, charts_quality, charts_spending
from muster.analysis.anomalies import judged_days
from muster.analysis.burn import BUDGETS, burn
from muster.analysis.change_points import CHANGE_POINTS
from muster.analysis.forecast import month_forecast
from muster.analysis.human import HumanCost
from muster.analysis.kpis import kpi_table
from muster.analysis.reliability import availability
from muster.analysis.rolling import rolling_accuracy
from muster.analysis.slo import judged_runs
from muster.analysis.spend import spend
from muster.analysis.spending import daily, shares, spending
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story, company

LEDGERS = {"company": company(days=30, tasks=300), "empty": Story().frame()}


@pytest.mark.parametrize("ledger", LEDGERS)
def test_every_chart_draws_a_full_and_an_empty_ledger(ledger: str) -> None:
    events = LEDGERS[ledger].lazy()
    tasks = task_rows(events)
    spent = spending(spend(events)).collect()
    days, today = daily(spent), (NOON + timedelta(days=29)).date()
    budgets = pl.DataFrame([("fleet", Decimal(2))], schema=BUDGETS.schema, orient="row")
    runs = judged_runs(tasks, NOON + timedelta(days=31))

    drawn = [
        charts_spending.spent_by_team(spent),
        charts_spending.judged(judged_days(days, today)),
        charts_spending.month(days, month_forecast(days, today), Decimal(40)),
        charts_spending.shares(shares(spent, "agent")),
        charts_spending.burn(burn(spent, budgets)),
        charts_quality.rolling(rolling_accuracy(tasks).collect()),
        charts_quality.availability(availability(runs, by_team=True).collect()),
    ]

    assert all(isinstance(chart, Figure) and chart.layout.paper_bgcolor == "rgba(0,0,0,0)" for chart in drawn)


def test_the_month_is_drawn_up_to_its_forecast_end() -> None:
    spent = spending(spend(LEDGERS["company"].lazy())).collect()
    days, today = daily(spent), (NOON + timedelta(days=20)).date()
    told = month_forecast(days, today)

    drawn = {trace.name: trace for trace in charts_spending.month(days, told).data}

    assert drawn["forecast, 95 %"].y == (told.spent, told.value)
    assert drawn["spent"].y[-1] == pytest.approx(told.spent)


def test_a_change_of_level_is_a_line_in_the_trend() -> None:
    table = kpi_table(task_rows(LEDGERS["company"].lazy()), HumanCost(), every="1d").collect()
    row = ("rehearsal", None, "completion_rate", NOON, 0.8, 0.6, 0.004, "worse")
    marks = pl.DataFrame([row], schema=CHANGE_POINTS.schema, orient="row")

    unmarked, marked = charts.trend(table, "completion_rate"), charts.trend(table, "completion_rate", marks)

    assert len(marked.layout.shapes) == len(unmarked.layout.shapes) + 1
