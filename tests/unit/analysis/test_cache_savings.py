"""What the prompt cache saved is the same prompts' cost without it, less what was paid."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.analysis.cache_savings import CACHE_SAVINGS, PROMPT_PRICES, cache_savings
from muster.analysis.frames import FrameError
from tests.unit.analysis.story import NOON, Story

PRICES = pl.DataFrame(
    [("dear", Decimal("0.000002"), Decimal("0.0000001"), Decimal("0.0000025"))],
    schema=PROMPT_PRICES.schema,
    orient="row",
)
COUNTS = st.integers(0, 200_000)


def call(story: Story, fresh: int, read: int = 0, written: int = 0, **fields: Any) -> None:
    told: dict[str, Any] = {"team": "support", "agent": "desk", "model_source": "claude", "status": "ok"}
    tokens = {"input_tokens": fresh, "cache_read_tokens": read, "cache_write_tokens": written}
    story.event("model_call.settled", NOON, subject="dear", **tokens, **(told | fields))


def savings(story: Story) -> pl.DataFrame:
    frame = cache_savings(story.frame().lazy(), PRICES.lazy()).collect()
    assert frame.schema == CACHE_SAVINGS.schema
    return frame


def test_what_is_read_saves_and_what_is_written_costs() -> None:
    story = Story()
    call(story, 100, written=10_000)
    call(story, 100, read=10_000)
    row = savings(story).row(0, named=True)
    assert row["paid_usd"] == Decimal("0.026400")
    assert row["uncached_usd"] == Decimal("0.040400")
    assert row["saved_usd"] == Decimal("0.014000")
    assert (row["calls"], row["calls_that_read"], row["prompt_tokens"]) == (2, 1, 20_200)
    assert row["read_share"] == pytest.approx(10_000 / 20_200)


def test_an_agent_whose_writes_nobody_reads_is_a_loss_and_comes_first() -> None:
    story = Story()
    call(story, 0, read=1_000_000, agent="thrifty")
    call(story, 0, written=1_000_000, agent="wasteful")
    frame = savings(story)
    assert frame["agent"].to_list() == ["wasteful", "thrifty"]
    assert frame["saved_usd"].to_list() == [Decimal("-0.500000"), Decimal("1.900000")]


def test_who_worked_for_a_colleague_is_the_same_agent() -> None:
    story = Story()
    call(story, 1, agent="helper")
    call(story, 1, agent="desk/helper")
    assert savings(story).select("agent", "calls").rows() == [("helper", 2)]


def test_sources_teams_and_models_stay_apart() -> None:
    story = Story()
    call(story, 1)
    call(story, 1, model_source="rehearsal")
    call(story, 1, team="finance")
    call(story, 1)
    assert savings(story).height == 3


def test_a_model_without_a_price_has_tokens_and_no_money() -> None:
    story = Story()
    story.event(
        "model_call.settled", NOON, subject="unpriced", status="ok", input_tokens=5, model_source="claude"
    )
    row = savings(story).row(0, named=True)
    assert (row["model"], row["prompt_tokens"], row["saved_usd"]) == ("unpriced", 5, None)


def test_failed_calls_and_other_events_are_not_counted() -> None:
    story = Story()
    call(story, 0, status="error")
    story.task()
    assert "dear" not in savings(story)["model"].to_list()


@given(COUNTS, COUNTS, COUNTS)
def test_the_saving_is_exact_to_the_millionth_of_a_dollar(fresh: int, read: int, written: int) -> None:
    story = Story()
    call(story, fresh, read, written)
    row = savings(story).row(0, named=True)
    paid = fresh * Decimal("0.000002") + read * Decimal("0.0000001") + written * Decimal("0.0000025")
    saved = (fresh + read + written) * Decimal("0.000002") - paid
    assert abs(row["paid_usd"] - paid) <= Decimal("0.000001")
    assert abs(row["saved_usd"] - saved) <= Decimal("0.000001")
    assert (row["saved_usd"] < 0) <= (written > 0)


def test_another_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="prompt prices"):
        cache_savings(Story().frame().lazy(), pl.LazyFrame({"model": ["x"]})).collect()
