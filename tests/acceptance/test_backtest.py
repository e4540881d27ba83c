"""A small day is forecast under other settings, then really worked under them: the forecast holds.

The whole day, each setting by itself: `python -m tests.backtest`.
"""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from muster.core.settings import Settings
from muster.teams.spending import FleetLimits
from muster.whatif.budgets import under_budgets
from muster.whatif.gate_replay import Autonomies, replayed
from muster.whatif.models import under_price
from muster.whatif.run_replay import Stories
from tests.backtest.changes import HUMAN, band, threshold
from tests.backtest.compare import agreement, ends_of, forecast_ends
from tests.backtest.day import unchanged, worked_day
from tests.backtest.record import record_of

MESSAGES = 36


def test_what_is_forecast_from_a_worked_day_happens_when_the_day_is_worked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    tried = (threshold(0.94), band(300))

    def change(settings: Settings) -> None:
        for one in tried:
            one.write(settings)

    before = asyncio.run(worked_day(tmp_path / "before", unchanged, messages=MESSAGES))
    after = asyncio.run(worked_day(tmp_path / "after", change, messages=MESSAGES))

    with record_of(before.settings) as (past, policy):
        gate = replayed(past, policy, Autonomies(past, policy.autonomy.current()))
        stories = Stories(past).of_tasks()
        forecasts = [one.forecast(past, after.settings, policy) for one in tried]
        spent = under_budgets(past, FleetLimits(usd_per_day=Decimal("0.01")), HUMAN, "0.01 USD")
        priced = under_price(past, "claude-haiku-5-5=1,5", HUMAN)
        then = ends_of(past, policy)
        forecast = forecast_ends(past, then, forecasts)
    with record_of(after.settings) as (past, policy):
        happened = ends_of(past, policy)

    assert gate
    assert [one.decided.tool for one in gate if not one.same] == []
    assert all(each.reproduced == each.decisions > 0 for each in (*forecasts, spent, priced))
    assert spent.affected.height
    assert len(stories) == len(then.status)
    held = agreement(then, forecast, happened)
    assert held.forecast_to_change >= 3
    assert held.otherwise == []
    assert happened.committed == forecast.committed < then.committed
