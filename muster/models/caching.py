"""Where a question's prompt cache is marked: only where reading is expected to save more than writing costs.

A mark asks the model server to keep the prompt up to there for five minutes. Writing costs more than plain
input, reading a small part of it. Two prefixes are worth keeping:

- tools and system, read by the agent's next call, whichever task that is for;
- the conversation so far, read by the next call of the same conversation, if there is one.

How often either is read again is learned from the questions of this process, agent by agent.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from muster.models.question import Block, Question, unmarked
from muster.models.table import CacheMode

LASTS_SECONDS = 300.0
"""How long a kept prefix lasts after its last use."""
_BYTES_A_TOKEN = 4
_MINIMUM_TOKENS = 1024
_MINIMUM_TOKENS_OF = {
    "claude-opus-4-5": 4096,
    "claude-opus-4-6": 4096,
    "claude-opus-4-7": 2048,
    "claude-haiku-4-5": 4096,
    "claude-haiku": 2048,
    "claude-opus-5": 512,
    "claude-fable-5": 512,
    "claude-mythos-5": 512,
}
"""By the start of the name. A mark on less is no fault and no cost: the server ignores it."""
_CALLS_A_CONVERSATION = 2.5
_CONVERSATIONS_ASSUMED = 4
_SHARE_ASSUMED = 0.5
_USES_ASSUMED = 2
_HABITS_KEPT = 1_000
_MARK = {"type": "ephemeral"}


@dataclass(frozen=True, slots=True)
class CacheRates:
    """What the cache costs a token, as multiples of plain input."""

    read: float
    write: float

    @property
    def share_that_pays(self) -> float:
        """Share of uses that must be reads, so that keeping a prefix costs no more than sending it anew."""
        if self.write <= 1:
            return 0.0
        return (self.write - 1) / (self.write - self.read) if self.write > self.read else 1.0

    @property
    def reads_that_pay(self) -> float:
        """Reads that must follow one write."""
        if self.write <= 1:
            return 0.0
        return (self.write - 1) / (1 - self.read) if self.read < 1 else float("inf")


@dataclass(frozen=True, slots=True)
class Marked:
    """A question's parts with the marks in place."""

    system: list[Block]
    messages: list[Block]
    tools: list[Block]


@dataclass(slots=True)
class _Habit:
    """How the questions that begin with one prefix follow on one another."""

    used_at: float
    uses: float = _USES_ASSUMED
    in_time: float = _USES_ASSUMED * _SHARE_ASSUMED
    """Uses that came while the prefix was still kept."""
    calls: list[int] = field(default_factory=list)
    """How many questions were seen at each depth of a conversation."""

    def note(self, depth: int, now: float) -> None:
        if self.calls:
            self.uses += 1
            self.in_time += now - self.used_at <= LASTS_SECONDS
        self.used_at = now
        self.calls.extend([0] * (depth + 1 - len(self.calls)))
        self.calls[depth] += 1

    @property
    def share_in_time(self) -> float:
        return self.in_time / self.uses

    def reads_after(self, depth: int) -> float:
        """How many more calls a conversation is expected to take after the one at `depth`."""
        going_on = 1 - 1 / _CALLS_A_CONVERSATION
        assumed_here = _CONVERSATIONS_ASSUMED * going_on**depth
        assumed_after = assumed_here * (_CALLS_A_CONVERSATION - 1)
        here = self.calls[depth] if depth < len(self.calls) else 0
        return (sum(self.calls[depth + 1 :]) + assumed_after) / (here + assumed_here)


class CachePlanner:
    """Marks questions, and learns from each what to expect of the next."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """
        Args:
            now: seconds on a clock that never goes back.
        """
        self._now = now
        self._habits: OrderedDict[bytes, _Habit] = OrderedDict()

    def marked(self, question: Question, model: str, mode: CacheMode, rates: CacheRates) -> Marked:
        """The question with its marks for `model`; marks it came with are gone."""
        system, tools = unmarked(question.system), unmarked(question.tools)
        messages = list(question.messages)
        if mode == "off":
            return Marked(system, messages, tools)
        prefix = question.canonical_prefix
        depth = sum(1 for message in messages if message["role"] == "assistant")
        habit = self._habit(model.encode() + prefix)
        habit.note(depth, self._now())
        minimum = minimum_tokens(model)
        if _tokens(prefix) >= minimum and (mode == "on" or habit.share_in_time > rates.share_that_pays):
            _mark_last(system or tools)
        if _tokens(question.canonical) >= minimum:
            pays = [mode == "on" or habit.reads_after(at) > rates.reads_that_pay for at in (depth - 1, depth)]
            for place, worth in zip((_sent_before(messages), len(messages) - 1), pays, strict=True):
                if worth and place >= 0:
                    messages[place] = _marked_message(messages[place])
        return Marked(system, messages, tools)

    def _habit(self, prefix: bytes) -> _Habit:
        name = blake2b(prefix, digest_size=16).digest()
        habit = self._habits.setdefault(name, _Habit(self._now()))
        self._habits.move_to_end(name)
        if len(self._habits) > _HABITS_KEPT:
            self._habits.popitem(last=False)
        return habit


def minimum_tokens(model: str) -> int:
    """The shortest prefix the model's server keeps."""
    fitting = [start for start in _MINIMUM_TOKENS_OF if model.startswith(start)]
    return _MINIMUM_TOKENS_OF[max(fitting, key=len)] if fitting else _MINIMUM_TOKENS


def _tokens(encoded: bytes) -> int:
    return len(encoded) // _BYTES_A_TOKEN


def _sent_before(messages: Sequence[Block]) -> int:
    """The place of the last message of the call before this one; -1 when this is the first.

    Marked again, it is found in the cache however many blocks came since.
    """
    answers = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    return answers[-1] - 1 if answers else -1


def _mark_last(blocks: list[Block]) -> None:
    if blocks and blocks[-1].get("text") != "":
        blocks[-1] = {**blocks[-1], "cache_control": _MARK}


def _marked_message(message: Block) -> Block:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
    _mark_last(blocks)
    return {**message, "content": blocks}
