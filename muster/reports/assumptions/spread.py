"""From what a file says about a value to a spread: a number, or `{triangular: [8, 12, 20]}` and the like."""

import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import PydanticCustomError

from muster.analysis.human import AssumptionError
from muster.analysis.roi.spreads import Beta, Lognormal, Pert, Point, Spread, Triangular, Uniform

_LISTED: Final[dict[str, tuple[Callable[..., Spread], tuple[str, ...]]]] = {
    "uniform": (Uniform, ("low", "high")),
    "triangular": (Triangular, ("low", "likely", "high")),
    "pert": (Pert, ("low", "likely", "high")),
}
_NAMED: Final[dict[str, tuple[Callable[..., Spread], tuple[str, ...]]]] = {
    "lognormal": (Lognormal, ("p10", "p90")),
    "beta": (Beta, ("hits", "misses")),
}
_KNOWN: Final = (*_LISTED, *_NAMED)
_MOST: Final = 1_000_000_000_000
"""More of anything here is a slip of the hand."""


def spread_of(value: Any) -> Spread:
    """What `value` says.

    Raises:
        PydanticCustomError: it says nothing that can be drawn from; its context says what to do.
    """
    if isinstance(value, Mapping):
        return _distribution(value)
    return Point(_number(value, "a value"))


def _distribution(value: Mapping[Any, Any]) -> Spread:
    if len(value) != 1:
        raise _refused("one distribution is expected", f"write one of {', '.join(_KNOWN)}")
    ((name, told),) = value.items()
    try:
        if name in _LISTED:
            make, parts = _LISTED[name]
            return make(*_listed(name, told, parts))
        if name in _NAMED:
            make, parts = _NAMED[name]
            return make(**_named(name, told, parts))
    except AssumptionError as error:
        raise _refused(error.what, error.do or "correct it") from None
    close = difflib.get_close_matches(str(name), _KNOWN, n=1)
    raise _refused(
        f"{name!r} is no distribution",
        f"did you mean `{close[0]}`?" if close else f"use {', '.join(_KNOWN)}",
    )


def _listed(name: str, told: Any, parts: tuple[str, ...]) -> list[float]:
    if not isinstance(told, list) or len(told) != len(parts):
        raise _refused(f"{name} does not have {len(parts)} numbers", f"write {name}: [{', '.join(parts)}]")
    return [_number(one, name) for one in told]


def _named(name: str, told: Any, parts: tuple[str, ...]) -> dict[str, float]:
    if not isinstance(told, Mapping) or set(told) != set(parts):
        wanted = ", ".join(f"{part}: …" for part in parts)
        raise _refused(f"{name} does not have {' and '.join(parts)}", f"write {name}: {{{wanted}}}")
    return {part: _number(told[part], f"{name}.{part}") for part in parts}


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(f"{where} is {value!r}, not a number", "write a number; its unit stands in `unit`")
    if isinstance(value, float) and not math.isfinite(value):
        raise _refused(f"{where} is {value}", "write a number that has an end")
    if abs(value) > _MOST:
        raise _refused(f"{where} is beyond all measure", f"write a number up to {_MOST:,}; see its unit")
    return float(value)


def _refused(what: str, do: str) -> PydanticCustomError:
    return PydanticCustomError("spread", "{what}", {"what": what, "do": do})
