"""Which scheduled runs are due, and which a later one stands in for."""

from collections.abc import Iterable
from datetime import datetime

from prefect.client.schemas import FlowRun


def is_due(run: FlowRun, now: datetime) -> bool:
    """Whether the run's time has come."""
    at = run.next_scheduled_start_time
    return at is None or at <= now


def missed_runs(runs: Iterable[FlowRun], now: datetime) -> list[FlowRun]:
    """Runs a schedule made that a later due run of the same deployment and parameters stands in for.

    After a night switched off one run is due, not hundreds; and runs do not pile up behind a slow one.
    """
    newest: dict[str, FlowRun] = {}
    missed = []
    for run in runs:
        waits = run.state_name == "AwaitingConcurrencySlot"
        if not run.auto_scheduled or not (waits or is_due(run, now)):
            continue
        key = f"{run.deployment_id} {sorted(run.parameters.items())!r}"
        other = newest.get(key)
        if other is None:
            newest[key] = run
            continue
        older, later = sorted((run, other), key=lambda each: each.expected_start_time or now)
        missed.append(older)
        newest[key] = later
    return missed
