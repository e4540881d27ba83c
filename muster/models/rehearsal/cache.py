"""The prompt cache: which part of a prompt was seen before and is charged as read.

A prompt is a row of blocks: tools, then system, then messages. Each block marked with cache_control ends a
prefix that is kept for five minutes (or an hour, when it says so) after its last use. The longest kept prefix
that ends at a mark, or at most twenty blocks before one, is read; from there to the last mark is written; the
rest is plain input. Prefixes shorter than the model's minimum are not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from muster.models.rehearsal.request import MessagesRequest
from muster.models.rehearsal.tokens import MESSAGE_OVERHEAD, TOOL_OVERHEAD, block_tokens

LOOKBACK_BLOCKS = 20
FIVE_MINUTES_SECONDS = 300.0
HOUR_SECONDS = 3600.0
MINIMUM_TOKENS = 1024
MINIMUM_TOKENS_HAIKU = 2048
_SWEEP_ABOVE = 4096


@dataclass(frozen=True, slots=True)
class PromptUsage:
    """How a prompt's tokens are charged; the three numbers add up to the prompt."""

    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    write_lasts_hour: bool = False

    @property
    def total(self) -> int:
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


@dataclass(frozen=True, slots=True)
class _Boundary:
    digest: bytes
    tokens: int
    """Tokens of the prompt up to and with this block."""
    lasts_seconds: float | None
    """How long the prefix is kept; None when the block is not marked."""


class PromptCache:
    """The prefixes kept at the moment; `now` gives seconds on a clock that never goes back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._expires: dict[bytes, tuple[float, float]] = {}

    def charge(self, request: MessagesRequest) -> PromptUsage:
        """How this prompt is charged; its marked prefixes are kept from now on."""
        boundaries = _boundaries(request)
        total = boundaries[-1].tokens if boundaries else 0
        minimum = MINIMUM_TOKENS_HAIKU if "haiku" in request.model else MINIMUM_TOKENS
        marks = [index for index, boundary in enumerate(boundaries) if boundary.lasts_seconds is not None]
        marks = [index for index in marks if boundaries[index].tokens >= minimum]
        if not marks:
            return PromptUsage(total, 0, 0)
        now = self._now()
        read = self._longest_kept(boundaries, marks, now)
        for index in marks:
            lasts = boundaries[index].lasts_seconds or FIVE_MINUTES_SECONDS
            self._expires[boundaries[index].digest] = (now + lasts, lasts)
        self._sweep(now)
        written = boundaries[marks[-1]].tokens
        hour = boundaries[marks[-1]].lasts_seconds == HOUR_SECONDS
        return PromptUsage(total - written, read, written - read, write_lasts_hour=hour)

    def _longest_kept(self, boundaries: Sequence[_Boundary], marks: Sequence[int], now: float) -> int:
        for mark in reversed(marks):
            for index in range(mark, max(-1, mark - LOOKBACK_BLOCKS), -1):
                kept = self._expires.get(boundaries[index].digest)
                if kept is not None and kept[0] > now:
                    self._expires[boundaries[index].digest] = (now + kept[1], kept[1])
                    return boundaries[index].tokens
        return 0

    def _sweep(self, now: float) -> None:
        if len(self._expires) > _SWEEP_ABOVE:
            self._expires = {digest: kept for digest, kept in self._expires.items() if kept[0] > now}


def prompt_tokens(request: MessagesRequest) -> int:
    """Tokens of the whole prompt."""
    boundaries = _boundaries(request)
    return boundaries[-1].tokens if boundaries else 0


def _boundaries(request: MessagesRequest) -> list[_Boundary]:
    boundaries: list[_Boundary] = []
    running = blake2b(request.model.encode(), digest_size=16)
    tokens = 0

    def add(block: dict[str, Any], extra_tokens: int) -> None:
        nonlocal tokens
        plain = {key: value for key, value in block.items() if key != "cache_control"}
        encoded = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
        running.update(encoded)
        tokens += block_tokens(block, encoded) + extra_tokens
        boundaries.append(_Boundary(running.copy().digest(), tokens, _lasts(block.get("cache_control"))))

    for tool in request.tools:
        add(tool, TOOL_OVERHEAD)
    for block in request.system:
        add(block, 0)
    for turn in request.turns:
        running.update(turn.role.encode())
        tokens += MESSAGE_OVERHEAD
        for block in turn.blocks:
            add(block, 0)
    if request.cache_whole is not None and boundaries:
        last = boundaries[-1]
        boundaries[-1] = _Boundary(last.digest, last.tokens, _lasts(request.cache_whole))
    return boundaries


def _lasts(mark: object) -> float | None:
    if not isinstance(mark, dict):
        return None
    return HOUR_SECONDS if mark.get("ttl") == "1h" else FIVE_MINUTES_SECONDS
