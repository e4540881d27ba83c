"""The answer of a tool as data, however it was sent."""

import ast
import json
import warnings
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_LONGEST = 400_000
_LONGEST_KEPT = 60_000
_MOST_PARTS = 200_000


def parsed(answer: Any, form: Literal["json", "yaml", "text"]) -> Any:
    """The data inside an answer; what cannot be read as `form` stays a text, and nothing in it is a field.

    YAML scalars stay as they are written, so that `007` and `12:30` keep their meaning.
    """
    if not isinstance(answer, str) or form == "text" or len(answer) > _LONGEST:
        return answer
    text = answer.strip()
    if form == "json" or text.startswith(("{", "[")):
        return _flow(text, answer, json_only=form == "json")
    return _block_once(text, answer) if len(text) <= _LONGEST_KEPT else _block(text, answer)


def _flow(text: str, otherwise: str, *, json_only: bool) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        if json_only:
            return otherwise
    # YAML would end a quoted text elsewhere than the program that wrote it did
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
            _refuse_repeated(tree)
            found = ast.literal_eval(tree)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return otherwise
    return found if isinstance(found, dict | list) else otherwise


def _block(text: str, otherwise: str) -> Any:
    try:
        found = YAML(typ="base").load(text)
    except (YAMLError, ValueError, RecursionError):
        return otherwise
    return found if isinstance(found, dict | list) and _can_be_walked(found) else otherwise


_block_once = lru_cache(maxsize=32)(_block)
"""Reading YAML costs more than all the rest, and a run is read anew when something comes to be distrusted."""


def _can_be_walked(data: Any) -> bool:
    """Whether the data is finite and not too large once its aliases are followed."""
    stack, seen = [data], 0
    while stack:
        each = stack.pop()
        seen += 1
        if seen > _MOST_PARTS:
            return False
        if isinstance(each, dict):
            stack.extend(each.values())
        elif isinstance(each, list):
            stack.extend(each)
    return True


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; a key that is given twice has no meaning two readers would share."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse_repeated(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            names = [ast.dump(key) for key in node.keys if key is not None]
            if len(set(names)) != len(node.keys):
                raise ValueError("a key is given twice")
