"""Always-on runs: begun where one is missing, renewed in time, restarted with back-off."""

import random
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from muster.services.orchestration.on_duty import OnDuty, Wanted

SUPPORT, FINANCE = uuid4(), uuid4()


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def on_duty(clock: Clock) -> OnDuty:
    return OnDuty(stay_seconds=3_600, now=clock, chance=random.Random(1))


def begin(on_duty: OnDuty) -> list[UUID]:
    """A run for every vacant post."""
    runs = []
    for deployment_id, _ in on_duty.due():
        runs.append(uuid4())
        on_duty.began(deployment_id, runs[-1])
    return runs


def test_every_post_is_filled_once(on_duty: OnDuty) -> None:
    assert on_duty.adjust({SUPPORT: Wanted(1), FINANCE: Wanted(2)}) == []
    assert sorted(str(id_) for id_, _ in on_duty.due()) == sorted(map(str, [SUPPORT, FINANCE, FINANCE]))
    assert len(begin(on_duty)) == 3
    assert on_duty.due() == []


def test_a_run_that_failed_is_followed_after_waits_that_grow(on_duty: OnDuty, clock: Clock) -> None:
    on_duty.adjust({SUPPORT: Wanted(1)})
    waits = []
    for _ in range(12):
        [run] = begin(on_duty)
        on_duty.ended(run, well=False)
        began = clock.seconds
        while not on_duty.due():
            clock.seconds += 0.5
        waits.append(clock.seconds - began)
    assert waits[0] <= 2
    assert 100 < max(waits) <= 300.5
    assert all(later >= earlier / 2 for earlier, later in pairwise(waits))


def test_a_run_that_ended_well_is_followed_at_once(on_duty: OnDuty, clock: Clock) -> None:
    on_duty.adjust({SUPPORT: Wanted(1)})
    [run] = begin(on_duty)
    clock.seconds += 60
    on_duty.ended(run, well=True)
    assert len(on_duty.due()) == 1


def test_runs_that_end_at_once_are_not_followed_at_once(on_duty: OnDuty, clock: Clock) -> None:
    on_duty.adjust({SUPPORT: Wanted(1)})
    [run] = begin(on_duty)
    on_duty.ended(run, well=True)
    assert on_duty.due() == []
    clock.seconds += 5
    assert len(on_duty.due()) == 1


def test_a_run_is_relieved_when_its_time_is_over_and_its_end_changes_nothing(
    on_duty: OnDuty, clock: Clock
) -> None:
    on_duty.adjust({SUPPORT: Wanted(1)})
    [(_, stay_seconds)] = on_duty.due()
    assert 3_240 <= stay_seconds <= 3_960
    old = uuid4()
    on_duty.began(SUPPORT, old)
    clock.seconds += 3_960
    [new] = begin(on_duty)
    on_duty.ended(old, well=False)
    assert on_duty.due() == []
    on_duty.ended(new, well=False)
    clock.seconds += 2
    assert len(on_duty.due()) == 1


def test_a_deployment_that_is_gone_lets_its_runs_leave(on_duty: OnDuty) -> None:
    on_duty.adjust({SUPPORT: Wanted(2)})
    first, second = begin(on_duty)
    assert on_duty.adjust({SUPPORT: Wanted(1)}) == [second]
    assert on_duty.adjust({}) == [first]
    assert on_duty.due() == []
    on_duty.ended(first, well=True)
    assert on_duty.due() == []


def test_a_deployment_that_was_changed_lets_its_runs_be_replaced_at_once(on_duty: OnDuty) -> None:
    on_duty.adjust({SUPPORT: Wanted(1, "v1")})
    [old] = begin(on_duty)
    assert on_duty.adjust({SUPPORT: Wanted(1, "v1")}) == []
    assert on_duty.adjust({SUPPORT: Wanted(1, "v2")}) == [old]
    [new] = begin(on_duty)
    assert on_duty.adjust({SUPPORT: Wanted(1, "v2")}) == []
    assert new != old
