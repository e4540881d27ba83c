"""How an agent works: a script of steps, played against what the conversation already holds.

A skill is a generator. It yields the tools it wants to use, is sent what they answered, and returns how the
run ends. The server keeps nothing: for each request the script runs from its start; steps whose results are
in the conversation are answered from it, and the first step that is not becomes the model's next answer.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from muster.models.rehearsal.conversation import Conversation, Exchange, exchange_key


@dataclass(frozen=True, slots=True)
class Call:
    """A tool use, by operation (`get_order`, whatever the server is called)."""

    operation: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answered."""

    text: str
    ok: bool
    offered: bool = True
    """False when the agent has no such tool."""

    @property
    def data(self) -> Mapping[str, Any]:
        """The answer as a JSON object; empty when it is an error or something else."""
        if not self.ok:
            return {}
        try:
            value = orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def refused(self) -> bool:
        """Whether the gateway refused the call."""
        return not self.ok and self.text.startswith("refused (")

    @property
    def needs_approval(self) -> bool:
        """Whether the gateway refused because a person must approve."""
        return self.refused and ("approv" in self.text or "money" in self.text.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run ends: a platform tool and its input."""

    tool: str
    arguments: Mapping[str, Any]
    thought: str = ""
    """What the model says before it uses the tool."""


@dataclass(frozen=True, slots=True)
class Step:
    """Tools to use now."""

    calls: Sequence[tuple[str, Mapping[str, Any]]]
    """Full tool name and arguments."""


Script: TypeAlias = Generator[Sequence[Call], Sequence[Answer], Ending]
Steps: TypeAlias = Generator[Sequence[Call], Sequence[Answer], Answer]


def ask(operation: str, **arguments: Any) -> Steps:
    """One tool use; arguments that are None are left out."""
    given = {name: value for name, value in arguments.items() if value is not None}
    (answer,) = yield [Call(operation, given)]
    return answer


def play(script: Script, talk: Conversation) -> Step | Ending:
    """The next thing the script does that the conversation does not hold yet."""
    past = {exchange.key: exchange for exchange in talk.exchanges}
    try:
        calls = next(script)
        while True:
            missing: list[tuple[str, Mapping[str, Any]]] = []
            answers = [_answer(call, talk, past, missing) for call in calls]
            if missing:
                return Step(missing)
            calls = script.send(answers)
    except StopIteration as stop:
        ending: Ending = stop.value
        return ending


def _answer(
    call: Call,
    talk: Conversation,
    past: Mapping[bytes, Exchange],
    missing: list[tuple[str, Mapping[str, Any]]],
) -> Answer:
    name = talk.operations.get(call.operation)
    if name is None:
        return Answer("", ok=False, offered=False)
    exchange = past.get(exchange_key(name, call.arguments))
    if exchange is None:
        missing.append((name, call.arguments))
        return Answer("", ok=False)
    return Answer(exchange.text, ok=not exchange.is_error)
