"""An answer as server-sent events, in the order the API sends them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from muster.models.rehearsal.cache import PromptUsage
from muster.models.rehearsal.reply import Block, Reply, message_body, text_pieces, usage_body


def events(reply: Reply, message_id: str, model: str, charged: PromptUsage) -> Iterator[bytes]:
    """message_start, ping, each block's start, deltas and stop, then message_delta and message_stop."""
    start = message_body(reply, message_id, model, charged)
    start |= {"content": [], "stop_reason": None, "stop_details": None, "usage": usage_body(charged, 1)}
    yield _event("message_start", message=start)
    yield _event("ping")
    for index, block in enumerate(reply.blocks):
        yield from _block_events(index, block)
    ending = message_body(reply, message_id, model, charged)
    delta = {key: ending[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    yield _event("message_delta", delta=delta, usage={"output_tokens": reply.output_tokens})
    yield _event("message_stop")


def _block_events(index: int, block: Block) -> Iterator[bytes]:
    if block["type"] == "tool_use":
        opened = {**block, "input": {}}
        written = orjson.dumps(block["input"]).decode()
        deltas = [
            {"type": "input_json_delta", "partial_json": piece} for piece in ["", *text_pieces(written)]
        ]
    else:
        opened = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": piece} for piece in text_pieces(block["text"])]
    yield _event("content_block_start", index=index, content_block=opened)
    for delta in deltas:
        yield _event("content_block_delta", index=index, delta=delta)
    yield _event("content_block_stop", index=index)


def _event(kind: str, **fields: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps({"type": kind, **fields}))
