"""What of a tool's answer its system seems to vouch for: the ids its output schema has, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from muster.gateway.adding.arguments import resolved
from muster.gateway.adding.words import words_of

_IDS: Final = frozenset({"id", "uuid", "number", "iban"})
_WRAPPERS: Final = frozenset({"result", "results", "item", "items", "data", "records", "rows"})
_DEEPEST: Final = 4


def returns(server: str, definition: Mapping[str, Any]) -> dict[str, Any]:
    """The `returns` of a registration; empty where no output schema says what comes back."""
    schema = definition.get("outputSchema")
    if not isinstance(schema, Mapping):
        return {}
    words = words_of(str(definition.get("name", "")))
    trusted = dict(_ids(schema, schema, "", _singular(words[-1] if words else server), _DEEPEST))
    if not trusted:
        return {}
    return {"trusted": trusted, "identified_by": (next(iter(trusted.values())),)}


def _ids(
    schema: Any, root: Mapping[str, Any], path: str, entity: str, deeper: int
) -> Iterator[tuple[str, str]]:
    """Paths of ids and their kinds; a plain `id` is its holder's: `vendors[].id` is a `vendor_id`."""
    schema = resolved(schema, root)
    if deeper < 0:
        return
    if isinstance(schema.get("items"), Mapping):
        yield from _ids(schema["items"], root, f"{path}[]", entity, deeper)
    properties = schema.get("properties")
    for name, each in properties.items() if isinstance(properties, Mapping) else ():
        here = f"{path}.{name}" if path else name
        words = words_of(name) or (name,)
        if words[-1] in _IDS and not {"properties", "items"} & resolved(each, root).keys():
            yield here, f"{entity}_{name}" if len(words) == 1 and name != "iban" else "_".join(words)
        else:
            holder = entity if name in _WRAPPERS else _singular(words[-1])
            yield from _ids(each, root, here, holder, deeper - 1)


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
