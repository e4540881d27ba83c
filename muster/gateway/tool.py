"""A registered tool: its pinned definition, what it does to the world, and the check of its arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from muster.gateway.definition import Definition, offered_name
from muster.gateway.protocol import OWN_META_PREFIX
from muster.gateway.registration import ArgumentRoles
from muster.ledger.events import Effect

_OPENING_KEYWORDS = frozenset(
    {"additionalProperties", "patternProperties", "unevaluatedProperties", "$ref", "$dynamicRef"}
    | {"allOf", "anyOf", "oneOf", "if", "dependentSchemas"}
)
_LONGEST_PROBLEM = 200


@dataclass(frozen=True)
class PinnedTool:
    """One active tool of the registry."""

    server: str
    upstream_name: str
    definition: Definition
    effect: Effect
    roles: ArgumentRoles = field(default_factory=ArgumentRoles)

    @cached_property
    def name(self) -> str:
        """The name agents know it by."""
        return offered_name(self.server, self.upstream_name)

    @property
    def granted_as(self) -> str:
        """What a manifest names to grant it."""
        return self.name

    @cached_property
    def offered(self) -> Definition:
        """The definition as agents get it: the pinned one, under our name and with our own hints."""
        hints = {
            "readOnlyHint": self.effect == "read",
            "destructiveHint": self.effect == "destructive",
            "idempotentHint": self.idempotent,
            "openWorldHint": self.effect == "external",
        }
        annotations = {**self.definition.get("annotations", {}), **hints}
        own = {f"{OWN_META_PREFIX}effect": self.effect, f"{OWN_META_PREFIX}idempotent": self.idempotent}
        return {**self.definition, "name": self.name, "annotations": annotations, "_meta": own}

    @cached_property
    def key_argument(self) -> str | None:
        """The argument that holds the idempotency key; null when the tool takes none."""
        registered = self.roles.idempotency_key
        return registered if registered in self._known else None

    @property
    def idempotent(self) -> bool:
        """Whether the same call again has no second effect: it only reads, or the system honours a key."""
        return self.effect == "read" or self.key_argument is not None

    @property
    def traced(self) -> bool:
        """Whether it matters where its arguments come from: it changes something or sends something out."""
        return self.effect != "read" or self.roles.leaves_company

    @property
    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments."""
        schema: dict[str, Any] = self.definition["inputSchema"]
        return schema

    def problems_with(self, arguments: Mapping[str, Any]) -> list[str]:
        """What is wrong with `arguments`, most telling first; empty when nothing is."""
        unknown = sorted(set(arguments) - self._known) if self._closed else []
        problems = [f"{name} is not an argument of {self.name}" for name in unknown]
        try:
            for error in self._validator.iter_errors(dict(arguments)):
                where = ".".join(str(part) for part in error.absolute_path)
                problems.append(f"{where}: {error.message}"[:_LONGEST_PROBLEM] if where else error.message)
        except Unresolvable as error:
            problems.append(f"the definition of {self.name} refers to nothing: {error}")
        return problems

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.input_schema.get("properties", {}))

    @cached_property
    def _closed(self) -> bool:
        """Whether arguments the schema does not name are refused, stricter than JSON Schema is."""
        return not _OPENING_KEYWORDS & self.input_schema.keys()

    @cached_property
    def _validator(self) -> Validator:
        kind = validator_for(self.input_schema, default=Draft202012Validator)
        validator: Validator = kind(self.input_schema, registry=Registry())
        return validator
