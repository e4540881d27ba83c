"""Joins what the ledger knows with what people assume: the ledger first, where it has seen enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from muster.analysis.figures import source_label
from muster.analysis.roi.inputs import INPUTS, Case, Quantity, names
from muster.analysis.roi.spreads import Beta, Mean, Rate, Spread
from muster.core.errors import TeamOwnerError

MIN_TASKS: Final = 30
"""Below this many tasks, judged results or measured calls the ledger's figure is not used: too few."""
MIN_DAYS: Final = 28
"""A record shorter than this does not say what a month's volume is."""
MONTH_DAYS: Final = 365.25 / 12
LEDGER: Final = ("completion_rate", "error_rate", "answered_calls", "approvals", "machine_cost")
"""What the ledger knows better than anybody; an assumption stands in until it does."""


class TooFewTasksError(TeamOwnerError):
    """The ledger has seen too little of a team, and nothing is assumed until it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What people hold about a team, each with where it comes from."""

    team: str
    horizon_months: int
    stated: Mapping[str, Quantity] = field(default_factory=dict)
    """By the input's name; those in `LEDGER` only until the ledger knows."""
    where: str = ""
    """The file it stands in; empty when it stands in none."""


def case_of(assumed: Assumptions, row: Mapping[str, Any] | None, *, min_tasks: int = MIN_TASKS) -> Case:
    """The case of a team.

    Args:
        row: the team's row of `Evidence`; None to calculate with the assumptions alone.
        min_tasks: see `MIN_TASKS`.

    Raises:
        TooFewTasksError: an input is neither known to the ledger nor assumed.
    """
    known = {} if row is None else _known(row, min_tasks)
    quantities = {**assumed.stated, **known}
    missing = [name for name in names() if name not in quantities]
    if missing:
        raise _refusal(assumed, row, missing, min_tasks)
    return Case(
        team=assumed.team,
        model_source=None if row is None else str(row["model_source"]),
        horizon_months=assumed.horizon_months,
        quantities={name: quantities[name] for name in names()},
        notes=_notes(row, known, min_tasks),
    )


def _known(row: Mapping[str, Any], min_tasks: int) -> dict[str, Quantity]:
    """The inputs the ledger has seen enough of."""
    tasks, completed = row["tasks"], row["completed"]
    found: dict[str, Quantity] = {}

    def add(name: str, spread: Spread, n: int, words: str) -> None:
        if n >= min_tasks:
            found[name] = Quantity(spread=spread, basis="ledger", source=words, n=n)

    done = Beta(completed, tasks - completed)
    add("completion_rate", done, tasks, f"{completed:,} of {tasks:,} ended tasks")
    calls = row["answered_calls"]
    add("answered_calls", Rate(calls, tasks), tasks, f"{calls:,} calls in {tasks:,} ended tasks")
    machine = Mean(row["machine_usd"], row["machine_usd_error"] or 0.0)
    add("machine_cost", machine, tasks, f"mean over {tasks:,} ended tasks; compute at the assumed price")
    held = row["approvals"]
    add("approvals", Rate(held, tasks), tasks, f"{held:,} held calls in {tasks:,} ended tasks")
    judged, wrong = row["judged"], row["wrong"]
    add("error_rate", Beta(wrong, judged - wrong), judged, f"{wrong:,} of {judged:,} judged results")
    for kind in ("escalation", "approval"):
        minutes, error, n = row[f"{kind}_minutes"], row[f"{kind}_minutes_error"], row[f"measured_{kind}s"]
        if minutes is not None and error is not None:
            add(f"minutes_per_{kind}", Mean(minutes, error), n, f"recorded on {n:,} {kind}s")
    days = _days(row)
    if days >= MIN_DAYS:
        add("volume", Rate(tasks, days / MONTH_DAYS), tasks, f"{tasks:,} ended tasks in {days:,.0f} days")
    return found


def _days(row: Mapping[str, Any]) -> float:
    first, last = row["first_end"], row["last_end"]
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return 0.0
    return (last - first).total_seconds() / 86_400


def _notes(row: Mapping[str, Any] | None, known: Mapping[str, Quantity], min_tasks: int) -> tuple[str, ...]:
    if row is None:
        return ("Nothing here comes from the ledger: every figure is an assumption.",)
    notes = [source_label(str(row["model_source"]))]
    unknown = [INPUTS[name].label for name in LEDGER if name not in known]
    if row["tasks"] < min_tasks:
        notes.append(
            f"Too few tasks: {row['tasks']} have ended and {min_tasks} are needed, "
            f"so the assumptions stand in for the ledger."
        )
    elif unknown:
        notes.append(
            f"The ledger has seen too little to know: {', '.join(unknown)}. The assumption stands in."
        )
    if "volume" not in known:
        notes.append(
            f"The record is shorter than {MIN_DAYS} days, too short to know a month's volume: "
            f"the assumption stands in."
        )
    return tuple(notes)


def _refusal(
    assumed: Assumptions, row: Mapping[str, Any] | None, missing: list[str], min_tasks: int
) -> TooFewTasksError:
    labels = ", ".join(INPUTS[name].label for name in missing)
    seen = "no task has ended"
    if row is not None:
        seen = f"{row['tasks']} tasks have ended ({row['model_source']})"
    return TooFewTasksError(
        f"{assumed.team}: {seen}, {min_tasks} are needed to know {labels}, and nothing is assumed until then",
        where=assumed.where or None,
        do=f"let it work on, or state {', '.join(missing)} under until_measured",
        team=assumed.team,
        missing=tuple(missing),
    )
