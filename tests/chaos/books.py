"""The company's own books as the witness: whether anything was done there twice, or that nobody ordered.

The company's systems are never killed, and each change is committed together with a line that says which
tool made it, with which arguments and for which task. It is held against the calls that the record says were
ordered:

- a call that was ordered once is carried out at most once;
- two calls of one task that ask for the very same thing (idempotency keys aside) are one thing done twice;
- nothing is done that was not ordered, and nothing is recorded as done that is not in the books.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from muster.demo.company.catalogue import CATALOGUE
from muster.demo.company.tool import Tool, plain
from muster.demo.effects import Effect

KEY = "idempotency_key"
"""The argument by which the company's systems know a call they carried out."""
_ONCE, _AGAIN = "ordered once, done twice", "the same thing ordered and done twice"
_TOOLS: dict[str, Tool[Any]] = {
    f"{system}.{tool.name}": tool for system, tools in CATALOGUE.items() for tool in tools
}
_NUMBERS = {
    "mail.send_message": "message_id",
    "shop.issue_refund": "refund_id",
    "erp.schedule_payment": "payment_id",
    "shop.open_complaint": "complaint_id",
}
"""The number each of these gives to what it did."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A call with an effect that was begun, as the record has it."""

    task_id: str
    call_id: str
    """Without the mark of a repetition: a call and its repetition are one order."""
    tool: str
    """`system.tool`."""
    arguments: Mapping[str, Any]
    status: str | None
    """`ok`, `tool_error`, `transport_error`; null when its outcome was never recorded."""
    result: str | None
    intent_id: str = ""
    delivered: bool | None = None
    """After a transport error: false when the call never reached the system; null when nobody knows."""


@dataclass
class Testimony:
    """What the books say."""

    effects: Counter[str] = field(default_factory=Counter)
    """Changes in the books, by tool."""
    unheard: int = 0
    """Orders whose outcome was never recorded but that were carried out."""
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    """(what is wrong, task, which effect)."""


def ordered(row: Mapping[str, Any]) -> Ordered:
    """A row of `tool_calls.sql`."""
    system, _, name = row["tool"].partition("__")
    call_id = row["call_id"].partition("#")[0]
    return Ordered(
        row["task_id"],
        call_id,
        f"{system}.{name}",
        row["arguments"],
        row["status"],
        row["result"],
        row["intent_id"],
        row["delivered"],
    )


def books_say(effects: Iterable[Effect], orders: Iterable[Ordered]) -> Testimony:
    """What is wrong with what was done, given what was ordered; effects and orders of the whole run."""
    said = Testimony()
    done: dict[tuple[str, str], list[Effect]] = defaultdict(list)
    for effect in effects:
        said.effects[effect.name] += 1
        done[effect.task_id or "", effect.name].append(effect)
    asked: dict[tuple[str, str], list[Ordered]] = defaultdict(list)
    for order in orders:
        asked[order.task_id, order.tool].append(order)
    for place, effects_there in done.items():
        _compare(said, place, effects_there, asked.get(place, []))
    for place, orders_there in asked.items():
        _look_up(said, place, orders_there, done.get(place, []))
    return said


def _compare(said: Testimony, place: tuple[str, str], done: list[Effect], asked: list[Ordered]) -> None:
    task_id, tool = place
    carried_out = Counter(deed(tool, effect.fields) for effect in done)
    calls: dict[str, set[str]] = defaultdict(set)
    for order in asked:
        calls[deed(tool, order.arguments)].add(order.call_id)
    for thing, times in carried_out.items():
        if thing not in calls:
            said.problems.append(("done but never ordered", task_id, f"{tool} {thing}"))
        elif times > 1:
            ordered_times = len(calls[thing])
            what = _ONCE if ordered_times < times else _AGAIN
            said.problems.append(
                (what, task_id, f"{tool} {thing}: done {times}, ordered {ordered_times} times")
            )
    heard = {deed(tool, order.arguments) for order in asked if order.status is not None}
    said.unheard += sum(1 for thing in carried_out if thing in calls and thing not in heard)


def _look_up(said: Testimony, place: tuple[str, str], asked: list[Ordered], done: list[Effect]) -> None:
    task_id, tool = place
    number = _NUMBERS.get(tool)
    if number is None:
        return
    known = {effect.fields.get(number) for effect in done}
    for order in asked:
        if order.status != "ok":
            continue
        told = json_of(order.result)
        if told.get("replayed") or told.get("already_open") or told.get(number) is None:
            continue
        if told[number] not in known:
            said.problems.append(("recorded as done but not in the books", task_id, f"{tool} {told[number]}"))


def deed(tool: str, values: Mapping[str, Any]) -> str:
    """What is done, in one form for an order and for its line in the books; without the idempotency key."""
    model = _TOOLS[tool].arguments
    given = {name: value for name, value in values.items() if name in model.model_fields}
    if KEY in model.model_fields:
        given[KEY] = "none"
    arguments = model.model_validate(given).model_dump(exclude_none=True)
    arguments.pop(KEY, None)
    return json.dumps(plain(arguments), sort_keys=True, ensure_ascii=False)


def json_of(text: str | None) -> dict[str, Any]:
    """What a system answered; empty when it is no JSON object."""
    try:
        value = json.loads(text or "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
