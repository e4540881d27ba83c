"""A call's arguments as single values, each with the part it plays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from muster.gateway.provenance.spelling import Scalar, Spelling, leaves, spelt
from muster.gateway.registration import ArgumentRoles

FREE_TEXT = "free text"
DECIDED = "decided"
KEY = "idempotency key"
CURRENCY = "currency"
DEFAULT = "default"
UNEXPLAINED = "unexplained"

_DEEPEST = 60


@dataclass(slots=True, eq=False)
class Leaf:
    """One value of one argument."""

    argument: str
    kind: str
    value: Scalar
    spelling: Spelling
    part: str | None
    """Why nobody need vouch for it, such as `free text`; null when it controls what happens."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call about to be judged."""

    tool: str
    agent: str
    roles: ArgumentRoles
    leaves: tuple[Leaf, ...]

    @property
    def server(self) -> str:
        """The system it goes to."""
        return self.tool.partition("__")[0]

    @property
    def controlling(self) -> list[Leaf]:
        """The values somebody must vouch for."""
        return [leaf for leaf in self.leaves if leaf.part is None]

    @property
    def payee_leaves(self) -> list[Leaf]:
        """The values that decide who is paid."""
        return [leaf for leaf in self.leaves if leaf.part is None and leaf.argument in self.roles.payee]


def call_of(
    tool: str,
    agent: str,
    roles: ArgumentRoles | None,
    arguments: Mapping[str, Any],
    schema: Mapping[str, Any] | None = None,
    *,
    every: bool = False,
) -> Call:
    """The call in single values.

    Args:
        schema: JSON Schema of the arguments; a value that is its argument's default says nothing new.
        every: whether every argument counts as controlling, as it does where a read chooses records.
    """
    roles = roles or ArgumentRoles()
    properties = (schema or {}).get("properties") or {}
    found: list[Leaf] = []
    for argument, value in arguments.items():
        described = properties.get(argument)
        described = described if isinstance(described, Mapping) else {}
        if "default" in described and described["default"] == value and value is not None:
            part: str | None = DEFAULT
        else:
            part = None if every else _part(roles, argument, value)
        for path, leaf in leaves(value):
            nested = f"{argument}.{path}" if path else argument
            kind = roles.kinds.get(nested) or roles.kind_of(argument)
            found.append(Leaf(argument, kind, leaf, spelt(leaf), part))
        if isinstance(value, Mapping | list | tuple):
            declared = frozenset(_declared(schema)) | _registered(roles, argument)
            # a closed list is one of values: a name that is not on it is nobody's choice
            closed = part == DECIDED and roles.decided.get(argument) != "any"
            part = None if closed else part
            found.extend(
                Leaf(argument, roles.kind_of(argument), name, spelt(name), part)
                for name in _undeclared(value, declared)
            )
    return Call(tool, agent, roles, tuple(found))


def free_texts(call: Call) -> list[str]:
    """The call's free texts that say anything."""
    return [str(leaf.value) for leaf in call.leaves if leaf.part == FREE_TEXT and str(leaf.value).strip()]


def _part(roles: ArgumentRoles, argument: str, value: Any) -> str | None:
    if argument in roles.free_text:
        return FREE_TEXT
    if argument == roles.idempotency_key:
        return KEY
    if argument == roles.currency and argument not in roles.kinds:
        return CURRENCY
    return DECIDED if may_decide(roles, argument, value) else None


def may_decide(roles: ArgumentRoles, argument: str, value: Any) -> bool:
    """Whether the agent may choose this value by its own judgement."""
    allowed = roles.decided.get(argument)
    if allowed is None or allowed == "any":
        return allowed is not None
    keys = {key for each in allowed for key in spelt(each).asked}
    return all(keys.intersection(spelt(leaf).asked) for _, leaf in leaves(value))


def _undeclared(value: Any, declared: frozenset[str], depth: int = 0) -> Iterator[str]:
    """Names inside the value that the schema does not know: they are the caller's words too."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name not in declared:
                yield str(name)
            yield from _undeclared(item, declared, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _undeclared(item, declared, depth + 1)


def _registered(roles: ArgumentRoles, argument: str) -> frozenset[str]:
    """Names inside an argument that its registration gives a kind."""
    nested = (path.split(".")[1:] for path in roles.kinds if path.startswith(f"{argument}."))
    return frozenset(name for names in nested for name in names)


def _declared(schema: Any, depth: int = 0) -> Iterator[str]:
    """Every property name a schema declares, at any depth."""
    if depth > _DEEPEST:
        return
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            yield from (str(name) for name in properties)
        for item in schema.values():
            yield from _declared(item, depth + 1)
    elif isinstance(schema, list | tuple):
        for item in schema:
            yield from _declared(item, depth + 1)
