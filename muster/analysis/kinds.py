"""What a column says in events of one kind."""

import polars as pl


def of_kind(kind: str, column: str | pl.Expr) -> pl.Expr:
    """`column` where the event is of this kind, null elsewhere.

    Taken with `ignore_nulls` this is what the streaming engine folds in one pass; a filter inside an
    aggregate would make it hold every group's rows.
    """
    value = pl.col(column) if isinstance(column, str) else column
    return pl.when(pl.col("kind") == kind).then(value)
