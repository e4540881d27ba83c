"""Paths into an answer: `customer.email`, `vendors[].iban`, `hotels.*.price`, `hotels.*~`, `$`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

EACH = "[]"
ANY = "*"
NAMES = "*~"

Step = str
Place = tuple[str | int, ...]
"""The way to one value: names and positions."""

_STEP = re.compile(r"\[\]|[^.\[\]]+")


@lru_cache(maxsize=4096)
def steps_of(path: str) -> tuple[Step, ...]:
    """The path's steps: names, `[]` for each element, `*` for each value of an object, `*~` for its names."""
    return tuple(_STEP.findall(path.removeprefix("$")))


def record_of(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The part of a path that says which record a field belongs to: all up to the last `[]` or `*`."""
    for length in range(len(steps), 0, -1):
        if steps[length - 1] in (EACH, ANY, NAMES):
            return (*steps[: length - 1], ANY if steps[length - 1] == NAMES else steps[length - 1])
    return ()


def names_in(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The path's steps that are names."""
    return tuple(step for step in steps if step not in (EACH, ANY, NAMES))


def places(data: Any, steps: tuple[Step, ...], at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Every value the path leads to, with the way there."""
    if not steps:
        yield at, data
        return
    step, rest = steps[0], steps[1:]
    if step == EACH:
        if isinstance(data, Sequence) and not isinstance(data, str):
            for position, item in enumerate(data):
                yield from places(item, rest, (*at, position))
    elif isinstance(data, Mapping):
        if step == ANY:
            for name, item in data.items():
                yield from places(item, rest, (*at, str(name)))
        elif step == NAMES:
            for name in data:
                yield (*at, str(name)), name
        elif step in data:
            yield from places(data[step], rest, (*at, step))
