"""Prices of prompts as a frame, for analysis."""

from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from muster.models.errors import UnpricedModelError
from muster.models.prices import price_per_mtok
from muster.models.table import ModelTable

_MILLION = Decimal(1_000_000)
_PRICE = pl.Decimal(38, 12)
_PROMPT = ("input", "cache_read", "cache_write")
_TOKENS = ("input", "output", "cache_read", "cache_write")


def prompt_prices(table: ModelTable, models: Iterable[str]) -> pl.DataFrame:
    """What a token of a prompt costs on each of `models`; models without a known price are left out.

    Frame out: one row per model; `input_usd`, `cache_read_usd` and `cache_write_usd` in US dollars a token.
    """
    return _prices(table, models, _PROMPT)


def token_prices(table: ModelTable, models: Iterable[str]) -> pl.DataFrame:
    """What a token of each kind costs on each of `models`; models without a known price are left out.

    Frame out: one row per model; `input_usd`, `output_usd`, `cache_read_usd` and `cache_write_usd` in US
    dollars a token.
    """
    return _prices(table, models, _TOKENS)


def _prices(table: ModelTable, models: Iterable[str], kinds: tuple[str, ...]) -> pl.DataFrame:
    rows = []
    for model in sorted(set(models)):
        try:
            price = price_per_mtok(table, model)
        except UnpricedModelError:
            continue
        rows.append((model, *(getattr(price, kind) / _MILLION for kind in kinds)))
    columns = {"model": pl.String(), **{f"{kind}_usd": _PRICE for kind in kinds}}
    return pl.DataFrame(rows, schema=columns, orient="row")
