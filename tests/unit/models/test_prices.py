"""What a call costs, to the millionth of a dollar."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.models.errors import UnpricedModelError
from muster.models.governance import ModelChoice, ModelTable, OwnPrice
from muster.models.prices import cost_usd
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
