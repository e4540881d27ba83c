"""What a frame promises: its grain, its columns, their types and units, and what null means."""

from dataclasses import dataclass

import polars as pl

from muster.core.errors import PlatformError

TEXT = pl.String()
COUNT = pl.Int64()
NUMBER = pl.Float64()
MONEY = pl.Decimal(18, 6)
MOMENT = pl.Datetime("us", "UTC")


class FrameError(PlatformError):
    """A frame does not hold what its contract says."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a contract."""

    name: str
    dtype: pl.DataType
    meaning: str
    """Unit, and what null stands for."""


@dataclass(frozen=True, slots=True)
class FrameContract:
    """The grain and the columns a frame of this name has; more columns are allowed."""

    name: str
    grain: str
    """What one row stands for."""
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pl.Schema:
        """Column names and types, in order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def empty(self) -> pl.DataFrame:
        """The frame with no rows."""
        return pl.DataFrame(schema=self.schema)

    def check(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """`frame` itself, when it has every column with its type; reads no rows.

        Raises:
            FrameError: a column is missing or has another type; all faults are named.
        """
        actual = frame.collect_schema()
        faults = []
        for name, dtype in self.schema.items():
            if name not in actual:
                faults.append(f"{name} is missing")
            elif actual[name] != dtype:
                faults.append(f"{name} is {actual[name]}, not {dtype}")
        if faults:
            raise FrameError(
                f"{self.name} frame: {'; '.join(faults)}",
                where=f"one row per {self.grain}",
                do="make the frame with the function that promises it",
                frame=self.name,
                faults=tuple(faults),
            )
        return frame


EVENTS = FrameContract(
    "events",
    "ledger event, in the order of seq",
    (
        Column("seq", COUNT, "place in the ledger"),
        Column("event_id", TEXT, "`evt_…`"),
        Column("kind", TEXT, "such as `task.ended`"),
        Column("task_id", TEXT, "`tsk_…`; null when the event concerns no task"),
        Column("run_id", TEXT, "`run_…`; null outside a run"),
        Column("team", TEXT, "null when the event concerns no team"),
        Column("agent", TEXT, "null when no agent acted"),
        Column("actor", TEXT, "who wrote the event"),
        Column("model_source", TEXT, "`claude` or `rehearsal`; null where no model is concerned"),
        Column("happened_at", MOMENT, "UTC"),
        Column("cost_usd", MONEY, "US dollars; null when the event costs nothing"),
        Column(
            "status",
            TEXT,
            "end state, call status, `correct`/`wrong` or a person's decision; null where there is none",
        ),
        Column("reason", TEXT, "escalation reason, refusal rule or first mistake; null where there is none"),
        Column(
            "subject",
            TEXT,
            "model, tool, channel, receiving agent or what it waits (waited) for; null without",
        ),
        Column("priority", TEXT, "`high`, `medium` or `low`; null but on `task.queued`"),
        Column("input_tokens", COUNT, "tokens; null but on settled model calls"),
        Column("output_tokens", COUNT, "tokens; null but on settled model calls"),
        Column("cache_read_tokens", COUNT, "tokens; null but on settled model calls"),
        Column("cache_write_tokens", COUNT, "tokens; null but on settled model calls"),
        Column("latency_ms", COUNT, "milliseconds; null but on settled calls"),
        Column("confidence", NUMBER, "0 to 1, the agent's own; null when it gave none"),
        Column("title", TEXT, "of the task; null but on `task.queued`"),
        Column("attention_seconds", COUNT, "seconds of a person's time; null where none were measured"),
        Column("context_rating", COUNT, "1 to 5, how far what a person was given was enough; null unrated"),
        Column("role", TEXT, "of the model; null but on `model_call.…`, and on older settled calls"),
    ),
)
