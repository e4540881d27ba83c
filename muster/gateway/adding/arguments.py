"""A tool's arguments as its input schema has them, with what their names and schemas say of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from muster.gateway.adding.words import vocabulary, words_of

_QUERY_LANGUAGE = re.compile(r"\b(sql|cypher|graphql|select|mutation)\b", re.IGNORECASE)
_EMAIL = re.compile(r"\be-?mail address(es)?\b|\be-?mail of\b", re.IGNORECASE)
_KINDS: Final = frozenset({"email", "iban", "url", "phone", "currency"})


@dataclass(frozen=True, slots=True)
class Argument:
    """One top-level argument of a tool."""

    name: str
    required: bool
    types: frozenset[str]
    """JSON Schema types it may have, null left out; of a list, those of its items too."""
    choices: tuple[Any, ...]
    """Its enum; empty where it has none."""
    format: str
    description: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return words_of(self.name)

    @property
    def last(self) -> str:
        """The last word of its name, which says most of what it is."""
        return self.words[-1] if self.words else ""

    @property
    def textual(self) -> bool:
        """Whether any words may stand in it."""
        plain = not self.choices and not self.format
        return plain and "string" in self.types and self.types <= {"string", "array"}

    @property
    def is_amount(self) -> bool:
        """Whether it seems to hold money."""
        numeric = bool(self.types & {"number", "integer", "string"}) and not self.choices
        return numeric and bool(vocabulary().arguments.amount & set(self.words)) and self.last != "id"

    @property
    def is_currency(self) -> bool:
        """Whether it seems to hold an ISO 4217 code."""
        return bool(vocabulary().arguments.currency & set(self.words))

    @property
    def is_code(self) -> bool:
        """Whether what stands in it is carried out."""
        named = self.last in vocabulary().arguments.code or self.words == ("code",)
        asked = self.last == "query" and _QUERY_LANGUAGE.search(self.description) is not None
        return "string" in self.types and (named or asked)

    @property
    def is_url(self) -> bool:
        """Whether it says which place outside is meant."""
        return self.format in ("uri", "url") or self.last in vocabulary().arguments.url

    @property
    def kind(self) -> str:
        """The kind of value it takes, so that `vendorId` and an answer's `vendor_id` are one."""
        if self.format == "email" or (self.textual and _EMAIL.search(self.description)):
            return "email"
        if self.format in ("uri", "url"):
            return "url"
        return self.last if self.last in _KINDS else "_".join(self.words)


def arguments_of(schema: Mapping[str, Any]) -> tuple[Argument, ...]:
    """The top-level arguments of an input schema, in its order."""
    properties = schema.get("properties")
    required = schema.get("required")
    if not isinstance(properties, Mapping):
        return ()
    needed = set(required) if isinstance(required, list) else set()
    return tuple(_argument(name, resolved(each, schema), name in needed) for name, each in properties.items())


def resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, one reference into `$defs` or `definitions` followed; empty when it is none."""
    if not isinstance(schema, Mapping):
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        group, _, key = reference.removeprefix("#/").partition("/")
        shared = root.get(group)
        target = shared.get(key) if isinstance(shared, Mapping) else None
        if isinstance(target, Mapping):
            return {**target, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def _argument(name: str, schema: Mapping[str, Any], required: bool) -> Argument:
    branches = [schema, *_branches(schema)]
    branches += [each["items"] for each in branches if isinstance(each.get("items"), Mapping)]
    types: set[str] = set()
    choices: list[Any] = []
    for each in branches:
        kind = each.get("type", ())
        types |= {kind} if isinstance(kind, str) else set(kind)
        choices += each["enum"] if isinstance(each.get("enum"), list) else []
        choices += [each["const"]] if "const" in each else []
    form = next((str(each["format"]) for each in branches if each.get("format")), "")
    description = str(schema.get("description") or "")
    return Argument(name, required, frozenset(types - {"null"}), tuple(choices), form, description)


def _branches(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = [each for key in ("anyOf", "oneOf", "allOf") for each in schema.get(key) or ()]
    return [each for each in found if isinstance(each, Mapping)]
