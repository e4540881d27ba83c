"""Prices of tokens as a frame, for analysis."""

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from muster.models.errors import UnpricedModelError
from muster.models.prices import price_per_mtok
from muster.models.table import ModelTable

_MILLION = Decimal(1_000_000)
_COLUMNS = {
    "model": pl.String(),
    "input_usd": pl.Decimal(38, 12),
    "cache_read_usd": pl.Decimal(38, 12),
    "cache_write_usd": pl.Decimal(38, 12),
    "output_usd": pl.Decimal(38, 12),
}


def token_prices(table: ModelTable, models: Iterable[str]) -> pl.DataFrame:
    """What a token costs on each of `models`; models without a known price are left out.

    Frame out: `Token prices` (and so `Prompt prices`), one row per model, in US dollars a token.
    """
    rows = []
    for model in sorted(set(models)):
        try:
            price = price_per_mtok(table, model)
        except UnpricedModelError:
            continue
        kinds = (price.input, price.cache_read, price.cache_write, price.output)
        rows.append((model, *(each / _MILLION for each in kinds)))
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")
