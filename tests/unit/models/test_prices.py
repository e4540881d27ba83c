"""What a call costs, to the millionth of a dollar."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.models.errors import UnpricedModelError
from muster.models.governance import ModelChoice, ModelTable, OwnPrice
from muster.models.prices import cache_rates, cost_usd, price_per_mtok
from muster.models.usage import TokenUsage

TABLE = ModelTable(
    version=1,
    roles={"specialist": ModelChoice(model="claude-sonnet-5-5", max_tokens=100)},
    price_per_mtok={"local": OwnPrice(input=Decimal(1), output=Decimal(2), cache_read=Decimal("0.1"))},
)
COUNTS = st.integers(0, 200_000)


def test_the_library_prices_claude() -> None:
    usage = TokenUsage(input_tokens=1_000, output_tokens=100)
    assert cost_usd(TABLE, "claude-sonnet-5-5", usage) == Decimal("0.003")


def test_cached_tokens_are_not_charged_twice() -> None:
    usage = TokenUsage(input_tokens=0, cache_read_input_tokens=1_000_000)
    assert cost_usd(TABLE, "local", usage) == Decimal("0.1")


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(UnpricedModelError, match="no price"):
        cost_usd(TABLE, "somebody-elses-model", TokenUsage(input_tokens=1))


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_more_tokens_never_cost_less(fresh: int, output: int, read: int, more: int) -> None:
    less = cost_usd(TABLE, "claude-sonnet-5-5", TokenUsage(fresh, output, read))
    assert cost_usd(TABLE, "claude-sonnet-5-5", TokenUsage(fresh, output + more, read)) >= less


@given(COUNTS, COUNTS)
def test_a_batch_costs_half_to_the_millionth_of_a_dollar(fresh: int, output: int) -> None:
    usage = TokenUsage(fresh, output)
    at_once = cost_usd(TABLE, "claude-sonnet-5-5", usage)
    batched = cost_usd(TABLE, "claude-sonnet-5-5", usage, batched=True)
    assert abs(2 * batched - at_once) <= Decimal("0.000001")


def test_the_cache_is_cheap_to_read_and_dearer_to_write_than_plain_input() -> None:
    rates = cache_rates(TABLE, "claude-sonnet-5-5")
    assert rates.read < 1 < rates.write
    assert price_per_mtok(TABLE, "claude-sonnet-5-5").input == Decimal(2)
    assert cache_rates(TABLE, "local").read == 0.1


def test_nothing_is_lost_by_keeping_the_prompts_of_a_model_that_costs_nothing() -> None:
    free = TABLE.model_copy(
        update={"price_per_mtok": {"free": OwnPrice(input=Decimal(0), output=Decimal(0))}}
    )
    rates = cache_rates(free, "free")
    assert (rates.reads_that_pay, rates.share_that_pays) == (0, 0)
