"""Which part each argument seems to play; what is not named stays controlling, the strict reading."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from muster.gateway.adding.arguments import Argument
from muster.gateway.adding.words import effect_of, vocabulary, words_of
from muster.ledger.events import Effect

_SAME_TWICE: Final = ("idempot", "duplicate", "only once", "same key")
_REFERENCES: Final = frozenset({"id", "ids", "number", "code", "line"})


def roles(effect: Effect, arguments: Sequence[Argument]) -> dict[str, Any]:
    """The parts the arguments seem to play, as fields of a registration; empty ones left out."""
    known = vocabulary().arguments
    kinds = {argument.name: argument.kind for argument in arguments if argument.kind != argument.name}
    if effect == "read":
        return {"kinds": kinds} if kinds else {}
    key = next((argument.name for argument in arguments if _is_key(argument)), None)
    amount = next((argument.name for argument in arguments if argument.is_amount), None)
    currency = next((argument.name for argument in arguments if argument.is_currency), None)
    rest = [argument for argument in arguments if argument.name not in (key, amount, currency)]
    payee = _payee(rest) if effect == "money" else ()
    recipient = tuple(each.name for each in rest if not each.choices and _named(each, known.recipient))
    free = [argument for argument in rest if argument.name not in (*payee, *recipient)]
    free_text = tuple(each.name for each in free if each.textual and each.last in known.free_text)
    found: dict[str, Any] = {
        "amount": amount,
        "currency": currency if amount is not None else None,
        "payee": payee,
        "recipient": recipient,
        "idempotency_key": key,
        "free_text": free_text,
        "decided": dict(_decided(argument for argument in free if argument.name not in free_text)),
        "kinds": {name: kind for name, kind in kinds.items() if name not in (*free_text, key)},
    }
    return {name: value for name, value in found.items() if value}


def unpriced(effect: Effect, found: Mapping[str, Any]) -> bool:
    """Whether the call commits money and none of its arguments says how much."""
    return effect == "money" and "amount" not in found


def _payee(arguments: Sequence[Argument]) -> tuple[str, ...]:
    """Who is paid; where no argument says it plainly, every reference the call must have."""
    named = tuple(each.name for each in arguments if _named(each, vocabulary().arguments.payee))
    needed = (each.name for each in arguments if each.required and each.last in {*_REFERENCES, "to"})
    return named or tuple(needed)


def _named(argument: Argument, names: frozenset[str]) -> bool:
    """Whether the name ends in one of `names`, or in an id or number of one, as `vendor_id` does."""
    if argument.last == "to":
        return "to" in names and len(argument.words) == 1
    if argument.last in _REFERENCES and len(argument.words) > 1:
        return argument.words[-2] in names
    return argument.last in names


def _is_key(argument: Argument) -> bool:
    """Whether the system carries out the same value of it once; a mere request id is not taken for one."""
    if "_".join(argument.words) in vocabulary().arguments.key:
        return True
    said = argument.description.lower()
    return argument.last in ("key", "id", "token") and any(words in said for words in _SAME_TWICE)


def _decided(arguments: Iterable[Argument]) -> Iterator[tuple[str, Any]]:
    """What the agent may choose by itself: plain measures, and of listed values those that are not grave."""
    for argument in arguments:
        harmless = tuple(value for value in argument.choices if _is_harmless(value))
        if harmless:
            yield argument.name, harmless
        elif (
            not argument.choices
            and argument.types <= {"integer", "number"}
            and argument.last in vocabulary().arguments.own_choice
        ):
            yield argument.name, "any"


def _is_harmless(value: Any) -> bool:
    if not isinstance(value, str | int | float | bool):
        return False
    return not any(effect_of(word) in ("destructive", "money") for word in words_of(str(value)))
