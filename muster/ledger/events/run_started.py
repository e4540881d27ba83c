"""A team began to work on a task."""

from typing import Literal

from muster.ledger.events.envelope import Event


class RunStarted(Event):
    """A team began to work on a task."""

    kind: Literal["run.started"] = "run.started"
    entry_agent: str
    team_version: int
    attempt: int
    transaction_type: str = ""
    """The kind of work it is, where intake knew; else empty."""
    standard: str | None = None
    """The version of the standard in force, as `standard@3`; null in older records."""
    flow_run_id: str | None = None
    """The Prefect flow run; null outside Prefect."""
