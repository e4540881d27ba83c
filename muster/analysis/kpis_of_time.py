"""KPIs of how long completed work took, and of whom it waited for."""

from typing import Final

import polars as pl

from muster.analysis.kpi import Kpi
from muster.analysis.measures import Quantile

_COMPLETED: Final = pl.col("status") == "completed"
_ARRIVAL_KNOWN: Final = "completed tasks whose arrival is recorded"
_MEDIAN: Final = 0.5
_SLOW: Final = 0.95


def _clock(id: str, name: str, question: str, of: str, column: str, p: float, events: str) -> Kpi:
    percent = round(p * 100)
    return Kpi(
        id=f"{id}_p{percent}",
        name=f"{name}, p{percent}",
        question=question,
        formula=f"{percent}th percentile (nearest rank) of {of}",
        denominator=_ARRIVAL_KNOWN,
        source=events,
        unit="seconds",
        better="lower",
        min_n=10 if p == _MEDIAN else 20,
        measure=Quantile(of=pl.col(column) / 1000, p=p, among=_COMPLETED & pl.col("total_ms").is_not_null()),
    )


_TOTAL: Final = ("end less arrival", "total_ms")
_TOTAL_EVENTS: Final = "`task.queued`, `task.ended`"
_AGENT: Final = ("time runs were at work on it", "agent_ms")
_AGENT_EVENTS: Final = "`run.started`, `run.ended`, `task.parked`, `task.woken`"
_HUMAN: Final = ("time it was parked for a person's word", "human_wait_ms")
_HUMAN_EVENTS: Final = "`task.parked` and `task.woken` of an approval, `task.ended`"
_SYSTEM: Final = ("time it neither was at work nor waited for a person", "system_wait_ms")
_SYSTEM_EVENTS: Final = "`task.queued`, `run.started`, `run.ended`, `task.parked`, `task.woken`, `task.ended`"

TIME_P50: Final = _clock(
    "time_to_completion",
    "Time to completion",
    "How long does the usual task take, from its arrival to its result?",
    *_TOTAL,
    _MEDIAN,
    _TOTAL_EVENTS,
)
TIME_P95: Final = _clock(
    "time_to_completion",
    "Time to completion",
    "How long does one task in twenty take at least?",
    *_TOTAL,
    _SLOW,
    _TOTAL_EVENTS,
)
AGENT_TIME_P50: Final = _clock(
    "agent_time",
    "Agent time",
    "How long are agents at work on the usual task?",
    *_AGENT,
    _MEDIAN,
    _AGENT_EVENTS,
)
AGENT_TIME_P95: Final = _clock(
    "agent_time",
    "Agent time",
    "How long at least are agents at work on one task in twenty?",
    *_AGENT,
    _SLOW,
    _AGENT_EVENTS,
)
HUMAN_WAIT_P50: Final = _clock(
    "human_wait",
    "Waiting for a person",
    "How long does the usual task wait for a person's word?",
    *_HUMAN,
    _MEDIAN,
    _HUMAN_EVENTS,
)
HUMAN_WAIT_P95: Final = _clock(
    "human_wait",
    "Waiting for a person",
    "How long at least does one task in twenty wait for a person's word?",
    *_HUMAN,
    _SLOW,
    _HUMAN_EVENTS,
)
SYSTEM_WAIT_P50: Final = _clock(
    "system_wait",
    "Waiting for the system",
    "How long does the usual task wait in queues, for halts to end and for retries?",
    *_SYSTEM,
    _MEDIAN,
    _SYSTEM_EVENTS,
)
SYSTEM_WAIT_P95: Final = _clock(
    "system_wait",
    "Waiting for the system",
    "How long at least does one task in twenty wait in queues, for halts to end and for retries?",
    *_SYSTEM,
    _SLOW,
    _SYSTEM_EVENTS,
)

OF_TIME: Final = (
    TIME_P50,
    TIME_P95,
    AGENT_TIME_P50,
    AGENT_TIME_P95,
    HUMAN_WAIT_P50,
    HUMAN_WAIT_P95,
    SYSTEM_WAIT_P50,
    SYSTEM_WAIT_P95,
)
