"""Makes a permitted call and says what came of it: scanned, checked against its promise, labelled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from muster.gateway.caller import Caller
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.exchange import Exchange
from muster.gateway.labels import trust_of
from muster.gateway.passed_method import PassedMethod
from muster.gateway.plain import clean
from muster.gateway.policy.files import LimitsPolicy
from muster.gateway.promised import Promises
from muster.gateway.protocol import OWN_META_PREFIX
from muster.gateway.reply import Reply, ReplyStatus, answer, passed_answer
from muster.gateway.scanning.scanner import Scanner
from muster.gateway.tool import PinnedTool
from muster.gateway.upstreams import Upstreams
from muster.ledger.intents import Intent


class Forwarding:
    """From a permit to a reply; never raises for what a system does."""

    def __init__(self, upstreams: Upstreams, limits: LimitsPolicy, scanner: Scanner) -> None:
        self._upstreams = upstreams
        self._limits = limits
        self._scanner = scanner
        self._promises = Promises()

    async def forward(
        self,
        tool: PinnedTool,
        caller: Caller,
        arguments: Mapping[str, Any],
        intent: Intent,
        exchange: Exchange,
    ) -> Reply:
        """What came of the call; the intent is used up."""
        own = {"task_id": caller.task_id, "run_id": caller.run_id}
        meta = {f"{OWN_META_PREFIX}{key}": value for key, value in own.items() if value is not None}
        try:
            raw = await self._upstreams.of(tool.server).call(intent, tool, arguments, meta, exchange)
            return self._answered(tool, intent.call_id, raw)
        except UpstreamAwayError as error:
            delivered = None if error.delivered else False
            text = self._clean(str(error))
            return Reply(call_id=intent.call_id, status="transport_error", text=text, delivered=delivered)
        except UpstreamAnswerError as error:
            return self._failed(intent.call_id, error)

    def _answered(self, tool: PinnedTool, call_id: str, raw: dict[str, Any]) -> Reply:
        scanned = self._scanner.scan(raw)
        characters = self._limits.result_characters
        if isinstance(tool, PassedMethod):
            reply = passed_answer(call_id, scanned.raw, characters=characters)
        else:
            if broken := self._promises.broken_by(tool, raw):
                raise UpstreamAnswerError(f"{tool.server} answered against its own schema: {broken}")
            structured = "outputSchema" in tool.definition
            reply = answer(call_id, scanned.raw, characters=characters, structured=structured)
        return replace(reply, trust=trust_of(tool.roles), found=scanned.found)

    def _failed(self, call_id: str, error: UpstreamAnswerError) -> Reply:
        # an answer that says nothing of the call's fate must not pass for a refusal by the system
        status: ReplyStatus = "tool_error" if error.declined else "transport_error"
        text = str(error) if error.declined else f"{error}; the call may have been carried out"
        said = None
        if error.code is not None:
            said = {"code": error.code, "message": self._clean(error.what)}
            if error.data is not None:
                said["data"] = self._scanner.scan({"data": error.data}).raw["data"]
        return Reply(call_id=call_id, status=status, text=self._clean(text), error=said)

    def _clean(self, text: str) -> str:
        return clean(self._scanner.scan_text(text)[0])
