"""What a model call costs, from the kept price library `genai-prices` (offline) or the table's own."""

from decimal import Decimal
from functools import lru_cache

from genai_prices import Usage, calc_price

from muster.core.money import Usd, usd
from muster.models.errors import UnpricedModelError
from muster.models.governance import ModelTable, OwnPrice
from muster.models.usage import TokenUsage

_MILLION = Decimal(1_000_000)


def cost_usd(table: ModelTable, model: str, usage: TokenUsage) -> Usd:
    """The cost of `usage` on `model`, in US dollars with six places.

    Raises:
        UnpricedModelError: neither the library nor the table has a price for the model.
    """
    own = table.price_per_mtok.get(model)
    if own is not None:
        return usd(_own_cost(own, usage))
    try:
        return _library_cost(model, usage)
    except LookupError:
        raise UnpricedModelError(
            f"no price is known for the model {model!r}",
            where="models.yaml",
            do=f"add price_per_mtok: {{{model}: {{input: …, output: …}}}}",
        ) from None


@lru_cache(maxsize=4_096)
def _library_cost(model: str, usage: TokenUsage) -> Usd:
    library_usage = Usage(
        input_tokens=usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens,
        cache_read_tokens=usage.cache_read_input_tokens,
        cache_write_tokens=usage.cache_creation_input_tokens,
        output_tokens=usage.output_tokens,
    )
    return usd(calc_price(library_usage, model_ref=model, provider_id="anthropic").total_price)


def _own_cost(price: OwnPrice, usage: TokenUsage) -> Decimal:
    return (
        price.input * usage.input_tokens
        + price.output * usage.output_tokens
        + price.cache_read * usage.cache_read_input_tokens
        + price.cache_write * usage.cache_creation_input_tokens
    ) / _MILLION
