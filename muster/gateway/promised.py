"""Whether a tool's structured answer is what its definition promises."""

from collections.abc import Mapping
from typing import Any

from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from muster.gateway.tool import PinnedTool

_LONGEST_PROBLEM = 200


class Promises:
    """Checks answers against output schemas; keeps what it compiled."""

    def __init__(self) -> None:
        self._validators: dict[str, tuple[object, Validator]] = {}

    def broken_by(self, tool: PinnedTool, raw: Mapping[str, Any]) -> str | None:
        """How an answer breaks the tool's output schema; null when it keeps it, or the tool promises nothing.

        An answer that is an error need not keep it.
        """
        schema = tool.definition.get("outputSchema")
        if not schema or raw.get("isError"):
            return None
        if "structuredContent" not in raw:
            return "it promises structured content and sent none"
        try:
            error = next(self._validator(tool, schema).iter_errors(raw["structuredContent"]), None)
        except Unresolvable as unresolved:
            return f"its definition refers to nothing: {unresolved}"
        if error is None:
            return None
        where = ".".join(str(part) for part in error.absolute_path) or "structuredContent"
        return f"{where}: {error.message}"[:_LONGEST_PROBLEM]

    def _validator(self, tool: PinnedTool, schema: dict[str, Any]) -> Validator:
        known = self._validators.get(tool.name)
        if known is None or known[0] is not tool.definition:
            kind = validator_for(schema, default=Draft202012Validator)
            known = (tool.definition, kind(schema, registry=Registry()))
            self._validators[tool.name] = known
        return known[1]
