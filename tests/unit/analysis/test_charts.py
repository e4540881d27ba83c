import pytest
from plotly.graph_objects import Figure

from muster.analysis import charts
from muster.analysis.costs import cost_table
from muster.analysis.escalations import escalation_rows, reasons
from muster.analysis.figures import duration, figure, interval, money
from muster.analysis.human import HumanCost
from muster.analysis.kpis import kpi_table, overview
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import Story, company

HUMAN = HumanCost()
LEDGERS = {"company": company(tasks=80), "empty": Story().frame()}


@pytest.mark.parametrize("ledger", LEDGERS)
def test_every_chart_draws_a_full_and_an_empty_ledger(ledger: str) -> None:
    events = LEDGERS[ledger].lazy()
    tasks = task_rows(events)
    why = reasons(escalation_rows(events, tasks), HUMAN).collect()

    drawn = [
        charts.trend(kpi_table(tasks, HUMAN, every="10m").collect(), "completion_rate"),
        charts.by_team(overview(tasks, HUMAN), "total_cost_per_completed_task"),
        charts.outcomes(tasks.collect()),
        charts.reasons(why),
        charts.money(cost_table(tasks, HUMAN, by_team=True).collect()),
    ]

    assert all(isinstance(chart, Figure) and chart.layout.paper_bgcolor == "rgba(0,0,0,0)" for chart in drawn)


def test_a_chart_shows_the_tables_figures() -> None:
    table = overview(task_rows(LEDGERS["company"].lazy()), HUMAN)

    points = charts.by_team(table, "completion_rate").data[0]

    rows = table.filter(kpi="completion_rate").drop_nulls("team").sort("team", descending=True)
    assert points.x == tuple(value * 100 for value in rows["value"])
    assert points.y[0] == f"vendors (n {rows['n'][0]})"


def test_the_bars_of_money_add_up_to_all_that_was_spent() -> None:
    costs = cost_table(task_rows(LEDGERS["company"].lazy()), HUMAN, by_team=True).collect()

    drawn = sum(amount for bar in charts.money(costs).data for amount in bar.x)

    assert drawn == pytest.approx(float(costs["total_cost_usd"].sum()), abs=1e-9)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (figure(None, "share"), "too few"),
        (figure(0.8166, "share"), "81.7\u00a0%"),
        (interval(0.7628, 0.8605, "share"), "76.3 – 86.1\u00a0%"),
        (interval(69.9, None, "seconds"), "1.2 – … min"),
        (interval(17.471, 22.314, "seconds"), "17.5 – 22.3 s"),
        (interval(0.8852, 5.7402, "usd"), "$0.89 – 5.74"),
        (interval(None, None, "usd"), ""),
        (duration(0.25), "250 ms"),
        (duration(59.96), "1 min 00 s"),
        (duration(7_260), "2 h 01 min"),
        (money(0.01596), "$0.0160"),
        (money(-1234.5), "-$1,234.50"),
        (money(0), "$0.00"),
    ],
)
def test_figures_read_as_people_write_them(shown: str, text: str) -> None:
    assert shown == text
