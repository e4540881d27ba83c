"""An answer in the API's words: content blocks, stop reason and usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from muster.models.rehearsal.cache import PromptUsage
from muster.models.rehearsal.tokens import CHARACTERS_A_TOKEN, block_tokens, text_tokens

Block = dict[str, Any]
StopReason = Literal["end_turn", "tool_use", "max_tokens", "refusal"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said, before it is charged."""

    blocks: Sequence[Block]
    stop_reason: StopReason

    @property
    def output_tokens(self) -> int:
        """Tokens of the answer; never none, as the API's are not."""
        return max(1, sum(block_tokens(block) for block in self.blocks))


def cut_to(reply: Reply, max_tokens: int) -> Reply:
    """The reply when it may be no longer than `max_tokens`; a tool use cut short is left out."""
    if reply.output_tokens <= max_tokens:
        return reply
    kept: list[Block] = []
    left = max_tokens
    for block in reply.blocks:
        tokens = block_tokens(block)
        if tokens <= left:
            kept.append(block)
            left -= tokens
            continue
        if block["type"] == "text" and left > 0:
            kept.append({"type": "text", "text": block["text"][: left * CHARACTERS_A_TOKEN]})
        break
    return Reply(kept, "max_tokens")


def message_body(reply: Reply, message_id: str, model: str, charged: PromptUsage) -> Block:
    """The body of a non-streaming answer."""
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": list(reply.blocks),
        "stop_reason": reply.stop_reason,
        "stop_sequence": None,
        "stop_details": _stop_details(reply),
        "usage": usage_body(charged, reply.output_tokens),
    }


def usage_body(charged: PromptUsage, output_tokens: int) -> Block:
    """The usage of an answer, with the fields of the prompt cache."""
    written = charged.cache_write_tokens
    return {
        "input_tokens": charged.input_tokens,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": charged.cache_read_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": 0 if charged.write_lasts_hour else written,
            "ephemeral_1h_input_tokens": written if charged.write_lasts_hour else 0,
        },
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def refusal() -> Reply:
    """The answer of a model that declines."""
    return Reply([], "refusal")


def _stop_details(reply: Reply) -> Block | None:
    if reply.stop_reason != "refusal":
        return None
    return {"type": "refusal", "category": None, "explanation": None}


def text_pieces(text: str, tokens_a_piece: int = 12) -> list[str]:
    """The text in the pieces a stream sends it in."""
    size = tokens_a_piece * CHARACTERS_A_TOKEN
    return [text[start : start + size] for start in range(0, len(text), size)] if text_tokens(text) else []
