"""What stopped without being a task's end: messages set aside, agents paused, budgets that ran low."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MOMENT, TEXT, Column, FrameContract

WORDING: Final = {
    "message.quarantined": "messages could not be read and were set aside",
    "agent.paused": "times an agent was paused",
    "budget.threshold_crossed": "times a budget crossed a threshold",
}
"""What is told of each kind, after its number."""

INTERRUPTIONS: Final = FrameContract(
    "interruptions",
    "message set aside, pause or budget threshold crossed, in the order of seq",
    (
        Column("seq", COUNT, "place in the ledger"),
        Column("happened_at", MOMENT, "UTC"),
        Column("team", TEXT, "null when it concerns no single team"),
        Column("kind", TEXT, "`message.quarantined`, `agent.paused` or `budget.threshold_crossed`"),
    ),
)


def interruption_rows(events: pl.LazyFrame) -> pl.LazyFrame:
    """Every interruption.

    Frame in: `Events`. Frame out: `Interruptions`.

    Raises:
        FrameError: the frame is not an event frame.
    """
    stopped = EVENTS.check(events).filter(pl.col("kind").is_in(list(WORDING)))
    return stopped.select(pl.col(name).cast(dtype) for name, dtype in INTERRUPTIONS.schema.items())
