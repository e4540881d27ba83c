"""What a caller is told of a call: the tool's own answer, a refusal, or that the system is away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mcp_types import CallToolResult
from pydantic import ValidationError

from muster.core.canonical import sha256_hex
from muster.gateway.errors import UpstreamAnswerError
from muster.gateway.labels import Trust
from muster.gateway.plain import NotPlainError, clean, plain
from muster.gateway.policy.verdict import Verdict
from muster.gateway.protocol import OWN_META_PREFIX, RESERVED_META_PREFIX
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
    raw: Mapping[str, Any] | None = None
    """The system's own answer as it stands on the wire; null when there is none."""
    error: Mapping[str, Any] | None = None
    """The JSON-RPC error it answered with: `code`, `message` and maybe `data`; null when it did not."""
    structured: Any = None
    """The answer's structured content, where the text does not say the same."""
    trust: Trust | None = None
    """How far the system vouches for its answer; null when there is none."""
    found: tuple[str, ...] = ()
    """Kinds of secrets (masked) and personal data (kept) that stand in it."""
    halted_by: str | None = None
    """Whose pause refused it: `fleet`, a team or `team/agent`; null when no pause did."""
    delivered: bool | None = None
    """After a transport error: false when the call was never sent; null when nobody knows."""
    approval_id: str | None = None
    """The ticket under which it waits for a person's word; null when it does not wait."""
    effect: Effect | None = None
    """What the tool does to the world; null when the call was refused."""
    idempotent: bool = False
    """Whether the same call again, under the next attempt's id, is no second effect."""

    @property
    def meta(self) -> dict[str, Any]:
        """What the gateway itself says of the call, for the answer's `_meta`."""
        verdict = self.verdict
        said = {
            "call_id": self.call_id,
            "status": self.status,
            "effect": self.effect,
            "idempotent": None if self.effect is None else self.idempotent,
            "delivered": self.delivered,
            "halted_by": self.halted_by,
            "rule": None if verdict is None else verdict.rule,
            "verdict": None if verdict is None else verdict.outcome,
            "retry_after_seconds": None if verdict is None else verdict.retry_after_seconds,
            "approval_id": self.approval_id,
            "trust": self.trust,
            "found": list(self.found) or None,
        }
        return {f"{OWN_META_PREFIX}{key}": value for key, value in said.items() if value is not None}

    def wire(self) -> dict[str, Any]:
        """The result to be sent: the system's own, or an error a model can read; nobody speaks for us."""
        if self.raw is None:
            content = [{"type": "text", "text": self.text}]
            return {"content": content, "isError": True, "_meta": self.meta}
        theirs = self.raw.get("_meta")
        kept = (
            {key: value for key, value in theirs.items() if _theirs(key)} if isinstance(theirs, dict) else {}
        )
        return {**self.raw, "_meta": kept | self.meta}

    def to_result(self) -> CallToolResult:
        """The same as the SDK has it."""
        return CallToolResult.model_validate(self.wire())


def refusal(
    call_id: str, verdict: Verdict, *, halted_by: str | None = None, approval_id: str | None = None
) -> Reply:
    """A call the gate did not let through."""
    text = f"refused ({verdict.rule}): {verdict.reason}"
    if approval_id is not None:
        text += f"\nIt waits for a person as {approval_id}; the same call goes through once it is approved."
    return Reply(
        call_id=call_id,
        status="refused",
        text=text,
        verdict=verdict,
        halted_by=halted_by,
        approval_id=approval_id,
    )


def answer(call_id: str, raw: Mapping[str, Any], *, characters: int, structured: bool) -> Reply:
    """A system's own answer, its text cut to `characters`; `structured`: the tool promises more than text.

    Raises:
        UpstreamAnswerError: it is not the result of a tool call.
    """
    if raw.get("resultType", "complete") != "complete":
        if raw["resultType"] == "input_required":
            text = "the system asks a question back that nobody can answer; nothing was carried out"
            return Reply(call_id=call_id, status="tool_error", text=text)
        raise UpstreamAnswerError("not a kind of result this gateway knows")
    try:
        result = CallToolResult.model_validate({key: raw[key] for key in _RESULT_KEYS & raw.keys()})
    except ValidationError as error:
        raise UpstreamAnswerError(f"not the result of a tool call: {error.errors()[0]['msg']}") from error
    text, kept = text_of(raw), raw.get("structuredContent")
    # what the system said of the act, whatever becomes of a long answer: a payment it made counts as made
    status: ReplyStatus = "tool_error" if result.is_error else "ok"
    if len(text) > characters:
        text = f"{text[:characters]}\n[cut by the gateway: {characters} of {len(text)} characters]"
        failed = bool(result.is_error or structured)
        raw, kept = {"content": [{"type": "text", "text": text}], "isError": failed}, None
    return Reply(call_id=call_id, status=status, text=text, raw=raw, structured=_beside(kept, text))


def passed_answer(call_id: str, raw: Mapping[str, Any], *, characters: int) -> Reply:
    """What a system gave that is no tool result, whole or not at all; bytes are recorded by their hash.

    Raises:
        UpstreamAnswerError: its text is longer than `characters`.
    """
    text = clean(json.dumps(_without_bytes(raw), ensure_ascii=False))
    if len(text) > characters:
        raise UpstreamAnswerError(
            f"the answer has {len(text)} characters; {characters} is the most", code=_TOO_LONG
        )
    return Reply(call_id=call_id, status="ok", text=text, raw=raw)


_RESULT_KEYS = frozenset({"content", "structuredContent", "isError"})
_BYTES = frozenset({"blob", "data"})
_SHORTEST_BYTES = 64
_TOO_LONG = -32603


def _theirs(key: str) -> bool:
    return not key.startswith((OWN_META_PREFIX, RESERVED_META_PREFIX))


def _beside(structured: Any, text: str) -> Any:
    """Structured content for the record, where the text is not the same JSON and the record can hold it."""
    if structured is None:
        return None
    try:
        if json.loads(text) == structured:
            return None
    except ValueError:
        pass
    try:
        return plain(structured)
    except NotPlainError:
        return None


def _without_bytes(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {
            key: f"[{len(value)} characters of Base64, sha256 {sha256_hex(value.encode())}]"
            if key in _BYTES and isinstance(value, str) and len(value) > _SHORTEST_BYTES
            else _without_bytes(value)
            for key, value in node.items()
        }
    return [_without_bytes(item) for item in node] if isinstance(node, list) else node


def text_of(result: Mapping[str, Any]) -> str:
    """Everything a model can read of a tool call's result on the wire; what is not text is named."""
    parts = [
        block["text"] if block.get("type") == "text" else f"[{block.get('type')}: not text]"
        for block in result.get("content", ())
    ]
    if not parts and result.get("structuredContent") is not None:
        parts.append(json.dumps(result["structuredContent"], ensure_ascii=False))
    return clean("\n".join(parts))
