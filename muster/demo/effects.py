"""Comparing what was done in the company's systems with what should, or must not, have been done."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Effect:
    """One change a tool made in a system."""

    system: str
    tool: str
    fields: Mapping[str, Any]
    """The tool's arguments and what they resolved to."""
    task_id: str | None
    """The task it was made for; null when the caller did not say."""

    @property
    def name(self) -> str:
        """`system.tool`."""
        return f"{self.system}.{self.tool}"


def matches(pattern: Mapping[str, Any], effect: Effect) -> bool:
    """Whether an effect is what a pattern of `truth.jsonl` describes.

    A pattern names the system and tool and what some fields must be: a value, `{"not": value}`, or
    `{"min": low, "max": high}`. Texts are equal whatever their case and spacing, numbers whatever their form.
    """
    if (pattern["system"], pattern["tool"]) != (effect.system, effect.tool):
        return False
    wanted = {name: value for name, value in pattern.items() if name not in ("system", "tool")}
    return all(_fits(value, effect.fields.get(name)) for name, value in wanted.items())


def first_match(pattern: Mapping[str, Any], effects: Iterable[Effect]) -> Effect | None:
    """The first effect a pattern describes; None when there is none."""
    return next((effect for effect in effects if matches(pattern, effect)), None)


def describe(pattern: Mapping[str, Any]) -> str:
    """A pattern in a few words: `shop.issue_refund order_number=BL-10432 amount≠89.90`."""
    parts = [f"{pattern['system']}.{pattern['tool']}"]
    for name, value in pattern.items():
        if name in ("system", "tool"):
            continue
        match value:
            case {"not": other}:
                parts.append(f"{name}≠{other}")
            case {"min": low, "max": high}:
                parts.append(f"{name}={low}..{high}")
            case _:
                parts.append(f"{name}={value}")
    return " ".join(parts)


def _fits(wanted: Any, actual: Any) -> bool:
    match wanted:
        case {"not": other}:
            return actual is not None and not _same(other, actual)
        case {"min": low, "max": high}:
            number = _number(actual)
            return number is not None and Decimal(str(low)) <= number <= Decimal(str(high))
        case _:
            return _same(wanted, actual)


def _same(wanted: Any, actual: Any) -> bool:
    left, right = _number(wanted), _number(actual)
    if left is not None and right is not None:
        return left == right
    return _folded(wanted) == _folded(actual)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    text = str(value).strip()
    try:
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None


def _folded(value: Any) -> str:
    return "".join(str(value).casefold().split()).rstrip(".,") if value is not None else ""
