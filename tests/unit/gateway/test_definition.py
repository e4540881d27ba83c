"""What is pinned of a tool's definition, and which definitions nobody is offered."""

from typing import Any

import pytest

from muster.gateway.definition import NotPlainError, digest, offered_name, pinned_part, problem_with

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
HINTS = {"readOnlyHint": True}
DEFINITION = {"name": "t", "description": "Does it.", "inputSchema": SCHEMA, "annotations": HINTS}


def sha256(**changes: Any) -> str:
    return digest(pinned_part({**DEFINITION, **changes}))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "u"},
        {"title": "T"},
        {"description": "Does it. "},
        {"inputSchema": SCHEMA | {"required": ["a"]}},
        {"outputSchema": SCHEMA},
        {"annotations": {"readOnlyHint": False}},
        {"icons": [{"src": "https://example.com/i.png"}]},
        {"_meta": {"x": 1}},
    ],
)
def test_whatever_is_passed_on_changes_the_pin(change: dict[str, Any]) -> None:
    assert sha256(**change) != sha256()


def test_the_order_of_keys_and_what_is_not_passed_on_do_not() -> None:
    turned = dict(reversed(DEFINITION.items()))
    assert digest(pinned_part(turned)) == sha256()
    assert sha256(unheard_of=1) == sha256()


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (None, "no inputSchema"),
        ({"type": 5}, "not a JSON Schema"),
        (
            {"type": "object", "properties": {"a": {"$ref": "https://example.com/s"}}},
            "outside the definition",
        ),
        ("object", "not an object"),
    ],
)
def test_a_definition_nobody_could_check_arguments_against_is_not_offered(schema: Any, problem: str) -> None:
    assert problem in (problem_with({"name": "t", "inputSchema": schema}) or "")


def test_references_inside_the_definition_are_fine() -> None:
    schema = {"$defs": {"a": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/a"}}}
    assert problem_with({"name": "t", "inputSchema": schema}) is None


def test_a_definition_the_ledger_could_not_keep_is_no_definition() -> None:
    with pytest.raises(NotPlainError):
        pinned_part(DEFINITION | {"description": "a\0b"})


def test_names_are_what_a_model_api_takes_and_long_ones_stay_apart() -> None:
    assert offered_name("shop", "get.order/v2") == "shop__get_order_v2"
    long, other = offered_name("shop", "x" * 80), offered_name("shop", "x" * 81)
    assert len(long) == len(other) == 64
    assert long != other
