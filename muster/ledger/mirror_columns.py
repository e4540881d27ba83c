"""Reads mirror files of any age as one frame: what an older file has no column for is taken from the bodies.

Files are sealed and signed and never written again, so columns that were added later are missing in them for
good. Their bodies say everything; only those of the few kinds concerned are looked into.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl

from muster.ledger.event_frame import MIRROR_FRAME

_ADDED: Final = frozenset({"attention_seconds", "context_rating", "role"})
"""Columns that the first mirror files did not have; all came together."""
_PEOPLE: Final = ("approval.decided", "escalation.answered")
_MODELS: Final = ("model_call.intended", "model_call.refused", "model_call.settled")


def scan_mirror(files: Sequence[Path]) -> pl.LazyFrame:
    """The events of `files`, a `MIRROR_FRAME` in the order of the files; read when it is collected.

    Raises:
        FileNotFoundError: a file is missing.
        polars.exceptions.ComputeError: a file is no Parquet file.
    """
    parts = [
        _scan(list(group)) if is_current else _scan(list(group)).with_columns(*_from_bodies())
        for is_current, group in groupby(files, _is_current)
    ]
    return pl.concat(part.select(*MIRROR_FRAME) for part in parts)


def _scan(files: list[Path]) -> pl.LazyFrame:
    return pl.scan_parquet(files, glob=False)


@lru_cache(maxsize=65_536)
def _is_current(path: Path) -> bool:
    """Whether the file has all columns; a name holds the hash of the content, so that this never changes."""
    return pl.read_parquet_schema(path).keys() >= _ADDED


def _from_bodies() -> list[pl.Expr]:
    """The columns an older file lacks, and what its columns did not say of some kinds."""
    return [
        _said("attention_seconds", *_PEOPLE).cast(pl.Int64),
        _said("context_rating", *_PEOPLE).cast(pl.Int64),
        _said("role", *_MODELS),
        pl.coalesce("status", _said("decision", "approval.decided")).alias("status"),
        pl.coalesce("subject", _said("waited_for", "task.woken")).alias("subject"),
    ]


def _said(field: str, *kinds: str) -> pl.Expr:
    """A field of the payload in events of these kinds; null elsewhere and where it was not given."""
    body = pl.when(pl.col("kind").is_in(kinds)).then(pl.col("body"))
    said = body.str.json_path_match(f"$.payload.{field}")
    return pl.when(said != "null").then(said).alias(field)
