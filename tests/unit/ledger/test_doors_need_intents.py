"""Nothing reaches a model or a tool without an intent: the doors cannot be called without one."""

import inspect
import re
from pathlib import Path

import pytest

from muster.gateway.http_upstream import HttpUpstream
from muster.gateway.stdio_upstream import StdioUpstream
from muster.gateway.upstreams import Upstream
from muster.ledger.intents import Intent
from muster.models.claude import ClaudeClient, ModelClient

SOURCE = Path(inspect.getfile(Intent)).parents[1]


@pytest.mark.parametrize(
    "door", [ClaudeClient.send, ModelClient.send, Upstream.call, HttpUpstream.call, StdioUpstream.call]
)
def test_a_door_takes_an_intent_first_and_has_no_default_for_it(door: object) -> None:
    _, first, *_ = inspect.signature(door, eval_str=True).parameters.values()  # type: ignore[arg-type]
    assert (first.annotation, first.default) == (Intent, inspect.Parameter.empty)


def test_only_the_ledger_makes_intents() -> None:
    making = re.compile(r"(?<!class )\bIntent\(")
    makers = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if making.search(file.read_text(encoding="utf-8"))
    }
    assert makers == {"ledger/postgres.py"}


def test_only_the_two_doors_speak_to_the_outside() -> None:
    """The model SDK is imported in one module of the platform."""
    users = {
        str(file.relative_to(SOURCE))
        for file in SOURCE.rglob("*.py")
        if "import anthropic" in file.read_text(encoding="utf-8")
    }
    assert users == {"models/claude.py"}
