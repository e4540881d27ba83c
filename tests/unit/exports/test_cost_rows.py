from decimal import Decimal

import polars as pl
import pytest

from muster.analysis.focus import Billing
from muster.analysis.model_choice import TOKEN_PRICES
from muster.analysis.period import Period
from muster.analysis.tasks import task_rows
from muster.exports.cost_rows import CostQuestion, cost_rows
from tests.unit.analysis.story import NOON, Story


@pytest.mark.parametrize("rehearsal", [True, False])
def test_a_tool_that_costs_money_is_of_the_source_of_its_task(rehearsal: bool) -> None:
    story = Story()
    for source in ("rehearsal", "claude"):
        task_id = story.task("support", source=source)
        story.event(
            "tool_call.settled", NOON, task_id=task_id, subject=f"{source}__pay", cost_usd=Decimal("0.5")
        )
    question = CostQuestion(period=Period(), billing=Billing(account="x"), now=NOON, rehearsal=rehearsal)

    events = story.frame().lazy()
    rows = cost_rows(events, task_rows(events), TOKEN_PRICES.empty().lazy(), question)

    tools = rows.filter(pl.col("x_Kind") == "tool").select("SkuId", "BilledCost", "x_RecordedCost").rows()
    billed = Decimal(0) if rehearsal else Decimal("0.5")
    assert tools == [("rehearsal__pay" if rehearsal else "claude__pay", billed, Decimal("0.5"))]
