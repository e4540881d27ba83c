"""Which process is killed when: the same for the same seed, whatever the number of kills asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from random import Random
from typing import Literal

Victim = Literal["worker", "runner", "http", "postgres", "prefect"]
"""`worker` is a light runner, `runner` the one Prefect's runs are executed in."""
Aim = Literal["at_work", "same_task", "anyone", "mid_call", "mid_keyed_call"]
"""`at_work`: a process with work in hand; `same_task`: whoever has the task that the last hunt interrupted;
`anyone`: whatever it is doing, starting included; `mid_call`: at the moment when a call is under way that
changes something, the gateway or the runner whose call it is; `mid_keyed_call`: the same, of a call that
carries an idempotency key."""

BLOCK = 20
"""Every block of so many kills has the same mixture, in another order."""
FULL: dict[Victim, int] = {"worker": 13, "runner": 2, "http": 3, "postgres": 1, "prefect": 1}
LIGHT: dict[Victim, int] = {"worker": 15, "http": 3, "postgres": 2}
"""The mixture without Prefect."""
_HUNT = 3
"""So many kills of a block follow one task from worker to worker."""
_AIMED: tuple[tuple[Victim, Aim], ...] = (
    ("http", "mid_call"),
    ("http", "mid_keyed_call"),
    ("worker", "mid_call"),
    ("worker", "mid_keyed_call"),
)
"""These kills of a block wait for a call that changes something."""
_ANYONE_SHARE = 0.15
_BURST_SHARE = 0.2
_BURST_SECONDS = 0.05
_LONGEST_PAUSES = 4.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One `kill -9`."""

    number: int
    """From 1."""
    victim: Victim
    aim: Aim
    hunt: bool
    """Part of a chain that follows one task."""
    due_seconds: float
    """After the first moment of the run, at the earliest."""
    deep_seconds: float
    """How long a runner is left at its work once it was chosen; 0 in a burst."""

    @property
    def is_aimed(self) -> bool:
        """Whether it waits for a call that changes something."""
        return self.aim in ("mid_call", "mid_keyed_call")

    @property
    def lane(self) -> str:
        """Kills of one lane come one after another; lanes do not wait for one another."""
        if self.is_aimed:
            return f"{self.aim} of {self.victim}"
        return "hunt" if self.hunt else self.victim


def schedule(seed: int, kills: int, *, light: bool, every_seconds: float) -> list[Kill]:
    """The first `kills` of a seed's endless list.

    Args:
        light: without Prefect and its runner.
        every_seconds: the mean time between two kills.
    """
    return list(islice(_endless(seed, LIGHT if light else FULL, every_seconds), kills))


def _endless(seed: int, mixture: dict[Victim, int], every_seconds: float) -> Iterator[Kill]:
    number, due = 0, 0.0
    for block in count():
        dice = Random(f"{seed}/{block}")
        victims = [victim for victim, times in mixture.items() for _ in range(times)]
        dice.shuffle(victims)
        hunted = set(dice.sample([place for place, name in enumerate(victims) if name == "worker"], _HUNT))
        first = min(hunted)
        aimed: dict[int, Aim] = {}
        for victim, at in _AIMED:
            places = [place for place, name in enumerate(victims) if name == victim]
            aimed[dice.choice([place for place in places if place not in hunted | aimed.keys()])] = at
        for place, victim in enumerate(victims):
            number += 1
            pause = _pause(dice, every_seconds)
            due += pause
            hunt = place in hunted
            aim: Aim = "anyone" if dice.random() < _ANYONE_SHARE else "at_work"
            if hunt:
                aim = "at_work" if place == first else "same_task"
            elif place in aimed:
                aim = aimed[place]
            yield Kill(number, victim, aim, hunt, due, _deep(dice, pause, every_seconds))


def _deep(dice: Random, pause: float, every_seconds: float) -> float:
    deep = dice.uniform(0.0, 2 * every_seconds)
    return 0.0 if pause < _BURST_SECONDS else deep


def _pause(dice: Random, every_seconds: float) -> float:
    if dice.random() < _BURST_SHARE:
        return dice.uniform(0.0, _BURST_SECONDS)
    mean = every_seconds / (1 - _BURST_SHARE)
    return min(dice.expovariate(1 / mean), _LONGEST_PAUSES * mean)
