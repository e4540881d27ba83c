"""What an agent can know: the conversation it is sent, taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson

from muster.models.rehearsal.request import MessagesRequest
from muster.models.rehearsal.request_rules import Block
from muster.models.rehearsal.task_text import Task, read_task

_ROLE = re.compile(r"^#\s*Role:\s*(.+?)\s*$", re.MULTILINE)
_FACTS = re.compile(r"<facts>(.*?)</facts>", re.DOTALL)
_HANDOFF = re.compile(r'<handoff from="([^"]*)">(.*?)</handoff>', re.DOTALL)
_VOLATILE = re.compile(r'\b(?:id|received_at)="[^"]*"|\b(?:tsk|run|evt|esc)_[0-9a-z]{16,}')


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the agent is offered."""

    name: str
    description: str
    input_schema: Mapping[str, Any]

    @property
    def operation(self) -> str:
        """The name without the server it is on: `get_order` of `shop__get_order`."""
        return self.name.rpartition("__")[2]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A tool use of earlier in the conversation and what came back."""

    name: str
    arguments: Mapping[str, Any]
    text: str
    is_error: bool

    @property
    def key(self) -> bytes:
        """The same for the same tool and arguments."""
        return exchange_key(self.name, self.arguments)


@dataclass(frozen=True, slots=True)
class Handoff:
    """The note of the colleague who handed the work over."""

    sender: str
    ask: str
    decisions: Sequence[str]
    open_risks: Sequence[str]


@dataclass(frozen=True)
class Conversation:
    """The work, the tools and everything said so far."""

    role: str
    """The title on the prompt's role line; empty when there is none."""
    tools: Mapping[str, Tool]
    """By full name."""
    task: Task
    facts: Mapping[str, str]
    handoff: Handoff | None
    exchanges: Sequence[Exchange]
    turn: int
    """How often the model has answered before."""
    key: str
    """The same for the same work before the same agent, whatever the ids of task and run."""

    @cached_property
    def operations(self) -> Mapping[str, str]:
        """Full tool name by operation."""
        return {tool.operation: tool.name for tool in self.tools.values()}

    def has(self, *operations: str) -> bool:
        """Whether every one of these operations is offered."""
        return all(operation in self.operations for operation in operations)


def read_conversation(request: MessagesRequest) -> Conversation:
    """The conversation of a request."""
    prompt = "\n".join(str(block.get("text", "")) for block in request.system)
    opening = _texts(request.turns[0].blocks)
    role = _ROLE.search(prompt)
    task, rest = read_task(opening)
    key = blake2b(
        _VOLATILE.sub("", f"{prompt}\x1f{opening}").encode("utf-8", "surrogatepass"), digest_size=16
    )
    return Conversation(
        role=role.group(1) if role else "",
        tools={tool.name: tool for tool in map(_tool, request.tools)},
        task=task,
        facts=_facts(rest),
        handoff=_handoff(rest),
        exchanges=_exchanges(request),
        turn=sum(1 for turn in request.turns if turn.role == "assistant"),
        key=key.hexdigest(),
    )


def exchange_key(name: str, arguments: Mapping[str, Any]) -> bytes:
    """The same for the same tool and arguments."""
    return name.encode() + orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS)


def _texts(blocks: Sequence[Block]) -> str:
    return "\n".join(str(block["text"]) for block in blocks if block["type"] == "text")


def _tool(definition: Block) -> Tool:
    schema = definition.get("input_schema")
    description = str(definition.get("description") or "")
    return Tool(str(definition["name"]), description, schema if isinstance(schema, dict) else {})


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _facts(rest: str) -> dict[str, str]:
    found = _FACTS.search(rest)
    facts = _json(found.group(1)) if found else None
    if not isinstance(facts, list):
        return {}
    return {
        str(fact["key"]): str(fact["value"])
        for fact in facts
        if isinstance(fact, dict) and "key" in fact and "value" in fact
    }


def _handoff(rest: str) -> Handoff | None:
    found = _HANDOFF.search(rest)
    if found is None:
        return None
    note = _json(found.group(2))
    note = note if isinstance(note, dict) else {"ask": found.group(2)}
    decisions, risks = note.get("decisions") or [], note.get("open_risks") or []
    return Handoff(
        sender=found.group(1),
        ask=str(note.get("ask", "")),
        decisions=[str(item) for item in decisions] if isinstance(decisions, list) else [],
        open_risks=[str(item) for item in risks] if isinstance(risks, list) else [],
    )


def _exchanges(request: MessagesRequest) -> list[Exchange]:
    results: dict[str, Block] = {}
    for turn in request.turns:
        results |= {
            str(block["tool_use_id"]): block for block in turn.blocks if block["type"] == "tool_result"
        }
    exchanges: list[Exchange] = []
    for turn in request.turns:
        for block in turn.blocks:
            result = results.get(str(block.get("id"))) if block["type"] == "tool_use" else None
            if result is None:
                continue
            content = result.get("content") or ""
            text = (
                content if isinstance(content, str) else _texts([b for b in content if isinstance(b, dict)])
            )
            arguments = block.get("input")
            exchanges.append(
                Exchange(
                    name=str(block.get("name")),
                    arguments=arguments if isinstance(arguments, dict) else {},
                    text=text,
                    is_error=result.get("is_error") is True,
                )
            )
    return exchanges
