"""Calls that can change a system and whose outcome was never heard: what became of them.

Such a call is either put before a person as uncertain, or made again where the system honours an idempotency
key, under the same key, until an answer comes. Whether it took effect is in the company's books.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from muster.demo.effects import Effect
from tests.chaos.books import KEY, Ordered, deed, json_of

UNCERTAIN = "uncertain_side_effect"


@dataclass
class Aftermath:
    """What became of the calls whose outcome was never heard."""

    unheard: int = 0
    """Intents without an outcome, or with one that leaves open whether the call took effect."""
    escalated: int = 0
    """Of them, in tasks that a person got as uncertain."""
    repeated: int = 0
    """Of them, made again under the same key until an answer came."""
    took_effect: int = 0
    """Of them, carried out all the same: each in the books, or known to the system when it was repeated."""
    heard_late: int = 0
    """Tasks a person got as uncertain though the outcome of each of their calls was recorded in the end."""
    keys_repeated: int = 0
    """Idempotency keys that more than one intent of a task carried."""
    problems: list[tuple[str, str]] = field(default_factory=list)
    """(task, what is wrong) of calls that nobody settled and no person was told of."""
    key_problems: list[tuple[str, str]] = field(default_factory=list)
    """(task, what is wrong) of calls made again under a key."""


def aftermath(
    orders: Sequence[Ordered], effects: Iterable[Effect], reasons: Mapping[str, set[str]]
) -> Aftermath:
    """What became of the unheard calls among `orders`.

    Args:
        orders: every call of the run that can change a system.
        effects: every change in the company's books.
        reasons: why a person got a task, by task.
    """
    became = Aftermath()
    books = list(effects)
    done = {(effect.task_id, effect.name, deed(effect.name, effect.fields)) for effect in books}
    for attempts in _calls(orders):
        _judge(became, attempts, done, UNCERTAIN in reasons.get(attempts[0].task_id, ()))
    unheard = {order.task_id for order in orders if is_unheard(order)}
    told = {task_id for task_id, why in reasons.items() if UNCERTAIN in why}
    became.heard_late = len(told - unheard)
    _keys(became, orders, books)
    return became


def is_unheard(order: Ordered) -> bool:
    """Whether the record leaves open if the call took effect."""
    return order.status is None or (order.status == "transport_error" and order.delivered is not False)


def _calls(orders: Iterable[Ordered]) -> Iterator[list[Ordered]]:
    """The intents of one call together, in the order they were written."""
    calls: dict[tuple[str, str, str], list[Ordered]] = defaultdict(list)
    for order in orders:
        calls[order.task_id, order.tool, order.call_id].append(order)
    yield from calls.values()


def _judge(
    became: Aftermath, attempts: list[Ordered], done: set[tuple[str | None, str, str]], told: bool
) -> None:
    unheard = [each for each in attempts if is_unheard(each)]
    if not unheard:
        return
    first = attempts[0]
    settled = next((each for each in attempts if not is_unheard(each)), None)
    keys = {each.arguments.get(KEY) for each in attempts}
    repeated = settled is not None and None not in keys and len(keys) == 1
    became.unheard += len(unheard)
    became.escalated += len(unheard) if told else 0
    became.repeated += len(unheard) if repeated else 0
    if settled is not None:
        became.took_effect += 1 if json_of(settled.result).get("replayed") else 0
    else:
        became.took_effect += (first.task_id, first.tool, deed(first.tool, first.arguments)) in done
    if not told and not repeated:
        again = f" of {len(attempts)} attempts" if len(attempts) > 1 else ""
        what = f"{first.tool} {first.call_id}{again} was never settled, and no person was told"
        became.problems.append((first.task_id, what))


def _keys(became: Aftermath, orders: Sequence[Ordered], books: list[Effect]) -> None:
    for attempts in _calls(orders):
        keys = {str(each.arguments.get(KEY)) for each in attempts}
        if len(keys) > 1:
            what = f"{attempts[0].tool} {attempts[0].call_id} was repeated under another key"
            became.key_problems.append((attempts[0].task_id, what))
    carried: dict[tuple[str, str], list[Ordered]] = defaultdict(list)
    for order in orders:
        if order.arguments.get(KEY) is not None:
            carried[order.tool, str(order.arguments[KEY])].append(order)
    times: dict[tuple[str, str], int] = defaultdict(int)
    for effect in books:
        key: Any = effect.fields.get(KEY)
        if key is not None:
            times[effect.name, str(key)] += 1
    for (tool, key), several in carried.items():
        if len(several) < 2:
            continue
        became.keys_repeated += 1
        least = 1 if any(each.status == "ok" for each in several) else 0
        if not least <= times[tool, key] <= 1:
            what = f"{tool} was ordered {len(several)} times under {key} and done {times[tool, key]} times"
            became.key_problems.append((several[0].task_id, what))
