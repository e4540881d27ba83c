"""Which scheduled runs a later one stands in for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from prefect.client.schemas import FlowRun

from muster.services.orchestration.missed import missed_runs

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHIFT = uuid4()


def run(
    minutes: float,
    *,
    due: float | None = None,
    deployment: UUID = SHIFT,
    state: str = "Scheduled",
    **more: Any,
) -> FlowRun:
    """A run that may start so many minutes from now, and was due then or at `due`."""
    at = NOW + timedelta(minutes=minutes)
    given: dict[str, Any] = {"parameters": {}, "auto_scheduled": True, **more}
    return FlowRun(
        flow_id=uuid4(),
        deployment_id=deployment,
        expected_start_time=at if due is None else NOW + timedelta(minutes=due),
        next_scheduled_start_time=at,
        state_name=state,
        **given,
    )


def test_of_the_runs_missed_in_a_night_only_the_last_is_due() -> None:
    night = [run(-60), run(-40), run(-20), run(0)]
    assert missed_runs(night, NOW) == night[:3]


def test_runs_still_to_come_are_not_missed() -> None:
    assert missed_runs([run(0), run(1), run(2)], NOW) == []


def test_runs_do_not_pile_up_behind_a_slow_one() -> None:
    waiting = run(0.1, state="AwaitingConcurrencySlot", due=-2)
    assert missed_runs([waiting, run(-1)], NOW) == [waiting]


def test_another_deployment_and_other_parameters_stand_for_themselves() -> None:
    runs = [run(-1), run(-2, deployment=uuid4()), run(-3, parameters={"team": "leads"})]
    assert missed_runs(runs, NOW) == []


def test_a_run_somebody_asked_for_is_never_dropped() -> None:
    assert missed_runs([run(-5, auto_scheduled=False), run(-1)], NOW) == []
