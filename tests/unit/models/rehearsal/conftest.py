"""A stage: an agent of the rehearsal, its task and colleagues, and systems that answer as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from muster.models.rehearsal.actor import Actor
from muster.models.rehearsal.conversation import read_conversation
from muster.models.rehearsal.request import parse_request
from muster.models.rehearsal.settings import RehearsalSettings

Answering = Mapping[str, Any] | str | Callable[[Mapping[str, Any]], Mapping[str, Any] | str]
"""What a tool answers: an object, an error text, or either made from the arguments."""

_ENDINGS = ("finish", "hand_off", "escalate")
_MOST_TURNS = 12


@dataclass
class Play:
    """What the agent did."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Operation and arguments, in order."""
    ended: str = ""
    ending: dict[str, Any] = field(default_factory=dict)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def of(self, operation: str) -> dict[str, Any]:
        """The arguments of the one call of that operation."""
        (arguments,) = [given for name, given in self.calls if name == operation]
        return arguments

    @property
    def facts(self) -> dict[str, str]:
        return {fact["key"]: fact["value"] for fact in self.ending.get("facts", [])}


class Stage:
    """Plays one agent's conversation to its end."""

    def body(
        self,
        text: str,
        *,
        role: str = "Clerk",
        tools: Sequence[str] = (),
        colleagues: Mapping[str, str] | None = None,
        facts: Mapping[str, str] | None = None,
        task_id: str = "tsk_1",
        sender: str = "Jane Doe <jane@post.example>",
        subject: str = "Hello",
        channel: str = "mail",
    ) -> dict[str, Any]:
        """The request the platform would send first."""
        opening = (
            f'<task id="{task_id}" channel="{channel}" priority="low" received_at="2026-11-21T10:00:00Z">\n'
            f"From: {sender}\nTo: us@shop.example\nSubject: {subject}\n\n{text}\n</task>"
        )
        if facts:
            told = [{"key": key, "value": value, "source": "desk"} for key, value in facts.items()]
            opening += f"\n<facts>{json.dumps(told)}</facts>"
        offered = [_tool(f"any__{name}") for name in tools] + [_tool("finish"), _tool("escalate")]
        if colleagues:
            offered.append(_hand_off(colleagues))
        return {
            "model": "claude-sonnet-5-5",
            "max_tokens": 2048,
            "system": [{"type": "text", "text": f"# Role: {role}\n\nDo your work."}],
            "messages": [{"role": "user", "content": opening}],
            "tools": offered,
        }

    def play(
        self,
        body: dict[str, Any],
        systems: Mapping[str, Answering] | None = None,
        settings: RehearsalSettings | None = None,
    ) -> Play:
        """The conversation, carried on until the agent ends it."""
        actor = Actor(settings or RehearsalSettings(mistake_rate=0, obedience_rate=0))
        play = Play()
        for _ in range(_MOST_TURNS):
            request = parse_request(json.dumps(body).encode())
            reply = actor.reply(request, read_conversation(request))
            uses = [block for block in reply.blocks if block["type"] == "tool_use"]
            body["messages"].append({"role": "assistant", "content": list(reply.blocks)})
            for use in uses:
                if use["name"] in _ENDINGS:
                    play.ended, play.ending = use["name"], dict(use["input"])
                    return play
                play.calls.append((use["name"].removeprefix("any__"), dict(use["input"])))
            results = [_result(use, systems or {}) for use in uses]
            body["messages"].append({"role": "user", "content": results})
        raise AssertionError(f"the agent did not end its turn: {play.calls}")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def _tool(name: str) -> dict[str, Any]:
    return {"name": name, "description": f"{name}.", "input_schema": {"type": "object"}}


def _hand_off(colleagues: Mapping[str, str]) -> dict[str, Any]:
    roster = "\n".join(f"- {name} ({name.title()}): {does}" for name, does in colleagues.items())
    schema = {"type": "object", "properties": {"to": {"enum": list(colleagues)}, "ask": {}, "decisions": {}}}
    schema["properties"] |= {"facts": {}, "open_risks": {}}  # type: ignore[operator]
    return {
        "name": "hand_off",
        "description": f"Give the work to a colleague:\n{roster}",
        "input_schema": schema,
    }


def _result(use: Mapping[str, Any], systems: Mapping[str, Answering]) -> dict[str, Any]:
    answering = systems.get(use["name"].removeprefix("any__"), "there is no such system")
    answer = answering(use["input"]) if callable(answering) else answering
    failed = isinstance(answer, str)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return {"type": "tool_result", "tool_use_id": use["id"], "content": text, "is_error": failed}
