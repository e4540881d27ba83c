"""The company's spending as a FOCUS file: real money, or a rehearsal's, never both."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

import orjson
import polars as pl

from muster.analysis.charges import charge_rows, people_rows
from muster.analysis.focus import FOCUS, FOCUS_VERSION, REHEARSAL, Billing, focus_rows
from muster.analysis.human import HumanCost, with_human_cost
from muster.analysis.period import Period
from muster.core.money import Usd, usd
from muster.exports.errors import ExportFileError, ExportRequestError

Format = Literal["csv", "parquet"]

SETTLED: Final = ("model_call.settled", "tool_call.settled")
_DTYPES: Final = {pl.String: "STRING", pl.Decimal: "DECIMAL", pl.Datetime: "DATETIME", pl.Int64: "INTEGER"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CostExport:
    """A FOCUS file that was written."""

    path: Path
    metadata: Path
    """What FOCUS wants to be said of the file: version, columns, who made it and when."""
    rows: int
    recorded_usd: Usd
    """The sum of x_RecordedCost: what the ledger has for the calls of the period."""
    billed_usd: Usd
    """The sum of BilledCost; 0 for a rehearsal."""
    people_usd: Usd
    """The sum of x_PeopleCost; 0 where people's time was not asked for."""
    left_out_usd: Usd
    """What the ledger has for the calls that are not of the kind asked for: rehearsal, or all but it."""
    left_out_calls: int
    """Those of them that cost something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuestion:
    """Which charges are wanted."""

    period: Period
    billing: Billing
    now: datetime
    """Up to when the record is known, UTC: a result is judged when its window is over."""
    rehearsal: bool = False
    """The rehearsal's charges, which nobody bills, in place of all others."""
    people: HumanCost | None = None
    """Adds people's time in rows that bill nothing; None leaves it out."""

    @property
    def asked_for(self) -> pl.Expr:
        """Whether a row is of the kind asked for."""
        rehearsed = pl.col("model_source").fill_null("") == REHEARSAL
        return rehearsed if self.rehearsal else ~rehearsed


def cost_rows(
    settled: pl.LazyFrame, tasks: pl.LazyFrame, prices: pl.LazyFrame, question: CostQuestion
) -> pl.DataFrame:
    """The rows that answer `question`.

    Frames in: `Events`, of which settled calls are looked at, all `Tasks`, and `Token prices`. Frame out:
    `FOCUS cost and usage`.

    Raises:
        FrameError: a frame is of another kind.
    """
    charges = charge_rows(_labelled(settled, tasks).filter(question.asked_for), prices, question.period)
    if question.people is not None:
        asked = with_human_cost(tasks.filter(question.asked_for), question.people)
        charges = pl.concat([charges, people_rows(asked, question.period)])
    return focus_rows(charges, tasks, question.billing, question.now).collect(engine="streaming")


def export_costs(
    settled: pl.LazyFrame,
    tasks: pl.LazyFrame,
    prices: Callable[[list[str]], pl.DataFrame],
    question: CostQuestion,
    path: Path,
    file_format: Format,
) -> CostExport:
    """Write the rows to `path`, which appears when it is whole, and what is to be known of them beside it.

    Frames in: `Events` of kinds `SETTLED` in the period, and all `Tasks`.

    Args:
        prices: `Token prices` of the models named.

    Raises:
        ExportFileError: the file cannot be written; what was there is as it was.
    """
    models = settled.filter(pl.col("kind") == SETTLED[0]).select(pl.col("subject").drop_nulls().unique())
    named = sorted(models.collect(engine="streaming")["subject"])
    rows = cost_rows(settled, tasks, prices(named).lazy(), question)
    others = _labelled(settled, tasks).filter(~question.asked_for, pl.col("cost_usd") != 0)
    left_out = (
        others.select(pl.len().alias("calls"), pl.col("cost_usd").sum().alias("usd"))
        .collect(engine="streaming")
        .row(0, named=True)
    )
    metadata = path.with_name(f"{path.name}.metadata.json")
    _write(rows, path, file_format)
    _in_place(metadata, lambda draft: draft.write_bytes(_metadata(question, file_format)))
    return CostExport(
        path=path,
        metadata=metadata,
        rows=rows.height,
        recorded_usd=_sum(rows, "x_RecordedCost"),
        billed_usd=_sum(rows, "BilledCost"),
        people_usd=_sum(rows, "x_PeopleCost"),
        left_out_usd=usd(left_out["usd"] or 0),
        left_out_calls=left_out["calls"],
    )


def plain(export: CostExport) -> dict[str, Any]:
    """The export as plain values."""
    return asdict(export) | {"path": str(export.path), "metadata": str(export.metadata)}


def check(period: Period, path: Path) -> None:
    """See, before anything is read, whether a file of this period can be written there.

    Raises:
        ExportRequestError: the period ends before it begins, or `path` is a folder.
    """
    since, until = period.since, period.until
    if since is not None and until is not None and since >= until:
        raise ExportRequestError(
            f"the period ends at {until.isoformat()}, before it begins at {since.isoformat()}",
            where="--since, --until",
            do="give a --until that is later than --since",
        )
    if path.is_dir():
        raise ExportRequestError("it is a folder", where=str(path), do="name a file with --out")


def _labelled(events: pl.LazyFrame, tasks: pl.LazyFrame) -> pl.LazyFrame:
    """The events, each with a model source: what only tools did is of the source its task is of."""
    of_task = tasks.select("task_id", pl.col("model_source").alias("task_source"))
    return (
        events.join(of_task, on="task_id", how="left")
        .with_columns(pl.coalesce("model_source", "task_source").alias("model_source"))
        .drop("task_source")
    )


def _sum(rows: pl.DataFrame, column: str) -> Usd:
    return usd(Decimal(rows[column].sum() or 0))


def _write(rows: pl.DataFrame, path: Path, file_format: Format) -> None:
    if file_format == "csv":
        _in_place(path, lambda draft: rows.write_csv(draft, datetime_format="%Y-%m-%dT%H:%M:%SZ"))
    else:
        _in_place(path, lambda draft: rows.write_parquet(draft))


def _in_place(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a draft beside `path`, then put it there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(draft)
        draft.replace(path)
    except OSError as error:
        raise ExportFileError(
            f"the file cannot be written: {error.strerror or error}",
            where=str(path),
            do="name another file with --out, or see that the disk has room",
        ) from error
    finally:
        with suppress(OSError):  # what could not be written is not there
            draft.unlink(missing_ok=True)


def _metadata(question: CostQuestion, file_format: Format) -> bytes:
    """The specification's metadata: who made the file, of which version, with which columns."""
    columns = [
        {"ColumnName": column.name, "DataType": _DTYPES[type(column.dtype)], "Description": column.meaning}
        for column in FOCUS.columns
    ]
    period = question.period
    told = {
        "DataGenerator": {"DataGenerator": "muster"},
        "CreationDate": question.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "FocusVersion": FOCUS_VERSION,
        "DatasetName": "CostAndUsage",
        "Format": file_format,
        "Grain": FOCUS.grain,
        "Rehearsal": question.rehearsal,
        "Since": None if period.since is None else period.since.isoformat(),
        "Until": None if period.until is None else period.until.isoformat(),
        "People": None if question.people is None else question.people.label,
        "ColumnDefinition": columns,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)
