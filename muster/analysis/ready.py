"""Ready-made frames: what every figure is computed from, made of the events once and then only brought up."""

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

from muster.analysis.agents import AGENT_WORK, agent_work
from muster.analysis.calibration import METHODS, confidence_methods
from muster.analysis.escalations import ESCALATIONS, escalation_rows
from muster.analysis.frames import FrameContract
from muster.analysis.interruptions import INTERRUPTIONS, interruption_rows
from muster.analysis.spend import SPEND, spend, spent_together
from muster.analysis.tasks import TASKS, task_rows

PARTS: Final[dict[str, FrameContract]] = {
    "tasks": TASKS,
    "escalations": ESCALATIONS,
    "work": AGENT_WORK,
    "methods": METHODS,
    "interruptions": INTERRUPTIONS,
    "spend": SPEND,
}
"""The frames by their names, each with its contract."""
_NEAR: Final = 20_000
"""Places in the ledger between two spans that are read together rather than apart."""
_MOST_SPANS: Final = 64

Span = tuple[int, int]
"""First and last place in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyFrames:
    """The frames of one ledger, of all its tasks, up to one place in the order of its events."""

    tasks: pl.DataFrame
    """`Tasks`, in the order they first appear."""
    escalations: pl.DataFrame
    """`Escalations` of all tasks, newest first."""
    work: pl.DataFrame
    """`Agent work`, in no certain order."""
    methods: pl.DataFrame
    """`Confidence methods`, in no certain order."""
    interruptions: pl.DataFrame
    """`Interruptions`, in the order of seq."""
    spend: pl.DataFrame
    """`Spend`, in the order of its grain."""
    events: int
    """How many events they are made of."""
    last_seq: int
    """Place of the last of these events; 0 when there is none."""

    @classmethod
    def empty(cls) -> Self:
        """Those of a ledger without events."""
        return cls(**{name: contract.empty() for name, contract in PARTS.items()}, events=0, last_seq=0)


def frames_of(events: pl.LazyFrame | pl.DataFrame | ReadyFrames) -> ReadyFrames:
    """The frames of these events; what is ready already is given back as it is.

    Frame in: `Events`, all or of whole tasks. A scan is read several times and never held as a whole.

    Raises:
        FrameError: the frame is not an event frame.
    """
    if isinstance(events, ReadyFrames):
        return events
    return _made(events.lazy(), events.lazy())


def brought_up(kept: ReadyFrames, old: pl.LazyFrame, new: pl.LazyFrame) -> ReadyFrames:
    """`kept` as if it had been made of the new events as well: only the tasks they concern are made again.

    Frames in: `Events`: `old` has every event up to `kept.last_seq` of the tasks that `new` concerns (see
    `spans_of`) and of no other, `new` every event after it.

    Raises:
        FrameError: a frame is not an event frame.
    """
    again = _made(pl.concat([old, new]), new)
    if not again.events:
        return kept
    touched = again.tasks["task_id"]
    return ReadyFrames(
        tasks=_replaced(kept.tasks, again.tasks, touched).sort("first_seq"),
        escalations=_replaced(kept.escalations, again.escalations, touched).sort(
            "raised_at", "seq", descending=True
        ),
        work=_replaced(kept.work, again.work, touched),
        methods=_replaced(kept.methods, again.methods, touched),
        interruptions=pl.concat([kept.interruptions, again.interruptions]),
        spend=spent_together([kept.spend, again.spend]),
        events=kept.events + again.events,
        last_seq=again.last_seq,
    )


def spans_of(tasks: pl.DataFrame) -> list[Span]:
    """Where in the ledger the events of these `Tasks` are: few spans that share no place, in order."""
    spans: list[Span] = []
    for first, last in tasks.select("first_seq", "last_seq").sort("first_seq").iter_rows():
        if spans and first - spans[-1][1] <= _NEAR:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    while len(spans) > _MOST_SPANS:
        near = min(range(1, len(spans)), key=lambda place: spans[place][0] - spans[place - 1][1])
        spans[near - 1 : near + 1] = [(spans[near - 1][0], spans[near][1])]
    return spans


def _made(of_tasks: pl.LazyFrame, counted: pl.LazyFrame) -> ReadyFrames:
    """What concerns tasks from the one, what is counted event by event from the other."""
    tasks = task_rows(of_tasks).collect(engine="streaming")
    read = counted.select(pl.len(), pl.col("seq").max().fill_null(0)).collect(engine="streaming")
    return ReadyFrames(
        tasks=tasks,
        escalations=escalation_rows(of_tasks, tasks.lazy()).collect(engine="streaming"),
        work=agent_work(of_tasks).collect(engine="streaming"),
        methods=confidence_methods(of_tasks).collect(engine="streaming"),
        interruptions=interruption_rows(counted).collect(engine="streaming"),
        spend=spend(counted).collect(engine="streaming"),
        events=read["len"].item(),
        last_seq=read["seq"].item(),
    )


def _replaced(kept: pl.DataFrame, again: pl.DataFrame, touched: pl.Series) -> pl.DataFrame:
    """The rows of `kept` of other tasks, then those of `again`."""
    others = kept.filter(~pl.col("task_id").is_in(touched.implode()).fill_null(False))
    return pl.concat([others, again])
