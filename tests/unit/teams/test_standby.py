"""A shift waits longer the longer a part is away."""

import random

from muster.teams.standby import StandBy


def test_the_wait_grows_to_its_longest_and_starts_anew_when_things_went_well() -> None:
    standby = StandBy(random.Random(1), first_seconds=1, longest_seconds=10, jitter=0)
    assert not standby.careful
    assert [standby.failed() for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert standby.careful
    standby.went_well()
    assert not standby.careful
    assert standby.failed() == 1


def test_waits_differ_so_that_workers_do_not_come_back_together() -> None:
    standby = StandBy(random.Random(1), first_seconds=8, longest_seconds=8)
    waits = {standby.failed() for _ in range(20)}
    assert len(waits) == 20
    assert all(4 <= wait <= 8 for wait in waits)
