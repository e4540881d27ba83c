"""The example of the how-to page does what the page says."""

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from muster.core.settings import PROJECT_ROOT
from muster.gateway.policy.files import Policy, load_policy
from muster.gateway.policy_cases import CaseTable, PolicyCase, judged_case
from muster.gateway.provenance.policy import ProvenancePolicy
from muster.gateway.registration import Registration

PAGE = PROJECT_ROOT / "docs" / "how-to" / "register-a-tool.md"
SENDER = "jo@drivers.example"
GARAGE = {"garage_id": "G-2", "iban": "DE89370400440532013000"}


@cache
def blocks() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for text in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        found |= YAML(typ="safe").load(text)
    return found


@cache
def registration() -> Registration:
    return Registration.model_validate({"servers": blocks()["servers"]})


def policy() -> Policy:
    rules = ProvenancePolicy.model_validate({"rules": blocks()["rules"]})
    return replace(load_policy(PROJECT_ROOT / "data" / "policies"), provenance=rules)


def problems_with(case: PolicyCase) -> list[str]:
    return judged_case(case, policy(), registration(), {}).problems


def test_the_cases_of_the_page_come_out_as_they_say() -> None:
    cases = CaseTable.model_validate({"cases": blocks()["cases"]}).cases
    assert len(cases) == 2
    for case in cases:
        assert problems_with(case) == []


@pytest.mark.parametrize(
    ("tool", "arguments", "held"),
    [
        ("pay_garage", {"damage_id": "D-7", **GARAGE, "amount": 901}, ["amount"]),
        (
            "pay_garage",
            {"damage_id": "D-7", **GARAGE, "iban": "DE12500105170648489890", "amount": 800},
            ["garage_id", "iban"],
        ),
        ("book_repair", {"damage_id": "D-7", "garage_id": "G-2", "day": "2026-12-03", "note": "x"}, []),
        ("book_repair", {"damage_id": "D-7", "garage_id": "G-2", "day": "2026-12-04"}, ["day"]),
        ("book_repair", {"damage_id": "D-8", "garage_id": "G-66"}, ["damage_id", "garage_id"]),
        ("rate_garage", {"garage_id": "G-2", "stars": 5, "comment": "good"}, []),
        ("rate_garage", {"garage_id": "G-2", "stars": 9}, ["stars"]),
    ],
)
def test_what_the_page_says_of_other_calls_holds(
    tool: str, arguments: dict[str, Any], held: list[str]
) -> None:
    first = blocks()["cases"][0]
    text = "B-MU 100 has a dent, G-66 does it, DE12 5001 0517 0648 4898 90. It is free on 3 December."
    case = PolicyCase.model_validate(
        {
            **{key: value for key, value in first.items() if key != "origins"},
            "task": {"channel": "mail", "sender": SENDER, "text": text},
            "call": f"fleet__{tool}",
            "arguments": arguments,
            "expect": "needs_approval" if held else "allow",
            "unexplained": held,
        }
    )
    assert problems_with(case) == []
