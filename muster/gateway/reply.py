"""What a caller is told of a call: the tool's own answer, a refusal, or that the system is away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mcp_types import CallToolResult
from pydantic import ValidationError

from muster.gateway.errors import UpstreamAnswerError
from muster.gateway.plain import clean
from muster.gateway.policy.verdict import Verdict
from muster.gateway.protocol import OWN_META_PREFIX
from muster.ledger.events import Effect

ReplyStatus = Literal["ok", "tool_error", "transport_error", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One call's end."""

    call_id: str
    status: ReplyStatus
    text: str
    """What a model reads."""
    verdict: Verdict | None = None
    """Why it was refused; null when it was not."""
    result: CallToolResult | None = None
    """The system's own answer; null when there is none."""
    halted_by: str | None = None
    """Whose pause refused it: `fleet`, a team or `team/agent`; null when no pause did."""
    delivered: bool | None = None
    """After a transport error: false when the call was never sent; null when nobody knows."""
    effect: Effect | None = None
    """What the tool does to the world; null when the call was refused."""
    idempotent: bool = False
    """Whether the same call again, under the next attempt's id, is no second effect."""

    def to_result(self) -> CallToolResult:
        """The reply as MCP: refusals and failures are errors a model can read."""
        meta: dict[str, Any] = {
            f"{OWN_META_PREFIX}call_id": self.call_id,
            f"{OWN_META_PREFIX}status": self.status,
        }
        if self.effect is not None:
            meta[f"{OWN_META_PREFIX}effect"] = self.effect
            meta[f"{OWN_META_PREFIX}idempotent"] = self.idempotent
        if self.delivered is not None:
            meta[f"{OWN_META_PREFIX}delivered"] = self.delivered
        if self.halted_by is not None:
            meta[f"{OWN_META_PREFIX}halted_by"] = self.halted_by
        if self.verdict is not None:
            meta[f"{OWN_META_PREFIX}rule"] = self.verdict.rule
            meta[f"{OWN_META_PREFIX}verdict"] = self.verdict.outcome
        if self.result is not None:
            return self.result.model_copy(update={"meta": meta})
        content = [{"type": "text", "text": self.text}]
        return CallToolResult.model_validate({"content": content, "isError": True, "_meta": meta})


def refusal(call_id: str, verdict: Verdict, *, halted_by: str | None = None) -> Reply:
    """A call the gate did not let through."""
    text = f"refused ({verdict.rule}): {verdict.reason}"
    return Reply(call_id=call_id, status="refused", text=text, verdict=verdict, halted_by=halted_by)


def answer(call_id: str, raw: dict[str, Any], *, characters: int, structured: bool) -> Reply:
    """A system's own answer, its text cut to `characters`; `structured`: the tool promises more than text.

    Raises:
        UpstreamAnswerError: it is not the result of a tool call.
    """
    if raw.get("resultType", "complete") != "complete":
        text = "the system asks a question back, which this gateway does not pass on; nothing was carried out"
        return Reply(call_id=call_id, status="tool_error", text=text)
    try:
        result = CallToolResult.model_validate({key: raw[key] for key in _RESULT_KEYS & raw.keys()})
    except ValidationError as error:
        raise UpstreamAnswerError(f"not the result of a tool call: {error.errors()[0]['msg']}") from error
    text = text_of(raw)
    if len(text) > characters:
        text = f"{text[:characters]}\n[cut by the gateway: {characters} of {len(text)} characters]"
        cut = {"content": [{"type": "text", "text": text}], "isError": result.is_error or structured}
        result = CallToolResult.model_validate(cut)
    status: ReplyStatus = "tool_error" if result.is_error else "ok"
    return Reply(call_id=call_id, status=status, text=text, result=result)


_RESULT_KEYS = frozenset({"content", "structuredContent", "isError"})


def text_of(result: Mapping[str, Any]) -> str:
    """Everything a model can read of a tool call's result on the wire; what is not text is named."""
    parts = [
        block["text"] if block.get("type") == "text" else f"[{block.get('type')}: not text]"
        for block in result.get("content", ())
    ]
    if not parts and result.get("structuredContent") is not None:
        parts.append(json.dumps(result["structuredContent"], ensure_ascii=False))
    return clean("\n".join(parts))
