"""What a model call costs, from the kept price library `genai-prices` (offline) or the table's own."""

from decimal import Decimal
from functools import lru_cache

from genai_prices import Usage, calc_price

from muster.core.money import Usd, usd
from muster.models.caching import CacheRates
from muster.models.errors import UnpricedModelError
from muster.models.table import ModelTable, OwnPrice
from muster.models.usage import TokenUsage

_MILLION = Decimal(1_000_000)
BATCH_SHARE = Decimal("0.5")
"""What a question in a batch costs, as a share of the price of asking at once."""


def cost_usd(table: ModelTable, model: str, usage: TokenUsage, *, batched: bool = False) -> Usd:
    """The cost of `usage` on `model`, in US dollars with six places.

    Args:
        batched: the question went out in a batch, at the batch price.

    Raises:
        UnpricedModelError: neither the library nor the table has a price for the model.
    """
    own = table.price_per_mtok.get(model)
    cost = _own_cost(own, usage) if own is not None else _library_cost(model, usage)
    return usd(cost * BATCH_SHARE) if batched else usd(cost)


def price_per_mtok(table: ModelTable, model: str) -> OwnPrice:
    """What a million tokens cost, in US dollars; for a price in tiers, those of a short prompt.

    Raises:
        UnpricedModelError: neither the library nor the table has a price for the model.
    """
    own = table.price_per_mtok.get(model)
    return own if own is not None else _library_price(model)


def cache_rates(table: ModelTable, model: str) -> CacheRates:
    """What the prompt cache costs on `model`, as multiples of plain input.

    Raises:
        UnpricedModelError: neither the library nor the table has a price for the model.
    """
    price = price_per_mtok(table, model)
    if price.input == 0:
        return CacheRates(read=1, write=1)
    return CacheRates(
        read=float(price.cache_read / price.input), write=float(price.cache_write / price.input)
    )


@lru_cache(maxsize=256)
def _library_price(model: str) -> OwnPrice:
    thousand = 1_000

    def of(**tokens: int) -> Decimal:
        return _library_cost(model, TokenUsage(**tokens)) * _MILLION / thousand

    return OwnPrice(
        input=of(input_tokens=thousand),
        output=of(output_tokens=thousand),
        cache_read=of(cache_read_input_tokens=thousand),
        cache_write=of(cache_creation_input_tokens=thousand),
    )


@lru_cache(maxsize=4_096)
def _library_cost(model: str, usage: TokenUsage) -> Decimal:
    library_usage = Usage(
        input_tokens=usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
        cache_read_tokens=usage.cache_read_input_tokens,
        cache_write_tokens=usage.cache_creation_input_tokens,
        output_tokens=usage.output_tokens,
    )
    try:
        return calc_price(library_usage, model_ref=model, provider_id="anthropic").total_price
    except LookupError:
        raise UnpricedModelError(
            f"no price is known for the model {model!r}",
            where="models.yaml",
            do=f"add price_per_mtok: {{{model}: {{input: …, output: …}}}}",
        ) from None


def _own_cost(price: OwnPrice, usage: TokenUsage) -> Decimal:
    return (
        price.input * usage.input_tokens
        + price.output * usage.output_tokens
        + price.cache_read * usage.cache_read_input_tokens
        + price.cache_write * usage.cache_creation_input_tokens
    ) / _MILLION
