"""What a model is asked, apart from which model it is."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex

Block = dict[str, Any]


_PREFIXES_KEPT = 256


@dataclass(frozen=True)
class Question:
    """What a model is asked, apart from which model it is; its lists are not changed afterwards."""

    role: str
    """A key of the model table."""
    prompt_version: int
    system: list[Block]
    messages: list[Block]
    tools: list[Block]
    transaction_type: str = ""
    """The kind of work the prompt was chosen for; empty for the agent's general prompt."""
    patient: bool = False
    """Whether the answer may take hours: nobody waits for it, and half the price is welcome."""

    @cached_property
    def canonical(self) -> bytes:
        """The question as RFC 8785 JSON, without cache marks."""
        messages = canonical_json([_plain_message(each) for each in self.messages])
        return b"[%b,%b,%b]" % (_canonical(self.system), messages, _canonical(self.tools))

    @property
    def canonical_prefix(self) -> bytes:
        """Tools and system alone, in the order the model server reads them: the same for every task."""
        return _canonical(self.tools) + _canonical(self.system)

    @cached_property
    def sha256(self) -> str:
        """Names the question, so that a recorded answer is only used for the very same one.

        Where the prompt cache is marked is no part of it.
        """
        return sha256_hex(self.canonical)


def unmarked(blocks: Iterable[Block]) -> list[Block]:
    """The blocks without cache marks."""
    return [_without_mark(block) if "cache_control" in block else block for block in blocks]


def _without_mark(block: Block) -> Block:
    return {name: value for name, value in block.items() if name != "cache_control"}


def _plain_message(message: Block) -> Block:
    content = message["content"]
    if isinstance(content, str) or not any("cache_control" in block for block in content):
        return message
    return {**message, "content": unmarked(content)}


_canonical_of: OrderedDict[int, tuple[list[Block], bytes]] = OrderedDict()


def _canonical(blocks: list[Block]) -> bytes:
    """The blocks as RFC 8785 JSON; a turn asks with the same lists again and again, so they are kept."""
    kept = _canonical_of.get(id(blocks))
    if kept is not None and kept[0] is blocks:
        return kept[1]
    encoded = canonical_json(unmarked(blocks))
    _canonical_of[id(blocks)] = (blocks, encoded)
    if len(_canonical_of) > _PREFIXES_KEPT:
        _canonical_of.popitem(last=False)
    return encoded
