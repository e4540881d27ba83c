"""Requests that go through the gate: calls of tools, and what else systems answer."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

from mcp import MCPError

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.catalogue import Catalogue
from muster.gateway.exchange import NOBODY, Exchange
from muster.gateway.front import Front
from muster.gateway.gate import Gate
from muster.gateway.names import meant, shown, tool_called
from muster.gateway.param_marks import ParamMarks
from muster.gateway.parking import Conversation, Parking, question_result
from muster.gateway.passed_method import PassedMethod, passed
from muster.gateway.protocol import INVALID_PARAMS, OWN_META_PREFIX, check_param_headers
from muster.gateway.reply import Reply
from muster.gateway.tool import PinnedTool
from muster.ledger.postgres import PostgresLedger

_CALL_ID: Final = re.compile(r"[A-Za-z0-9_.:#-]{1,128}")
_ERRORS_AS_RESULTS: Final = f"{OWN_META_PREFIX}errors_as_results"
_NOT_FOR_SYSTEMS: Final = frozenset({"_meta", "inputResponses", "requestState"})


class Asking:
    """Puts a request to the gate, and takes it up again when the caller comes back with answers."""

    def __init__(self, ledger: PostgresLedger, gate: Gate, catalogue: Catalogue) -> None:
        self._ledger = ledger
        self._gate = gate
        self._catalogue = catalogue
        self._parking = Parking()
        self._marks = ParamMarks()

    async def tool(self, front: Front) -> dict[str, Any]:
        """The result of `tools/call`.

        Raises:
            MCPError: the system answered with an error, or the request is not sound.
            CallBegunError: the call was begun before and must not be made twice.
            LedgerUnavailableError: the database is away.
        """
        name = tool_called(front.view, str(front.params.get("name")))
        arguments = front.params.get("arguments") or {}
        shelf = await self._catalogue.at(front.presence.registry_revision)
        tool = shelf.tools.get(name)
        if tool is not None and front.is_modern:
            await self._check_headers(front, tool, arguments)
        server = "" if tool is None else tool.server
        reply = await self._reply(front, server, name, arguments, None)
        if isinstance(reply, dict):
            return reply
        if reply.error is not None and not front.meta.get(_ERRORS_AS_RESULTS):
            raise _error(reply)
        return shown(front.view, server, reply.wire())

    async def method(self, front: Front) -> tuple[dict[str, Any], str, str]:
        """The result of a request that is no tool's, with the server it was for and the address it named.

        Raises:
            MCPError: it is refused, the system is away or answered with an error.
            LedgerUnavailableError: the database is away.
        """
        sent = {key: value for key, value in front.params.items() if key not in _NOT_FOR_SYSTEMS}
        server, params = meant(front.view, front.ctx.method, sent)
        method = passed(server, front.ctx.method)
        reply = await self._reply(front, server, method.name, params, method)
        if isinstance(reply, Reply):
            if reply.raw is None:
                raise _error(reply)
            result = shown(front.view, server, reply.wire())
        else:
            result = reply
        return result, server, str(params.get("uri", ""))

    def close(self) -> None:
        """Call off everything that waits for a caller."""
        self._parking.close()

    async def _reply(
        self,
        front: Front,
        server: str,
        name: str,
        arguments: Mapping[str, Any],
        method: PassedMethod | None,
    ) -> Reply | dict[str, Any]:
        """The call's end, or the result that asks the caller first."""
        exchange = front.toward(server)
        if not (front.is_modern and front.can_be_asked and exchange.owner is not None):
            if front.params.get("requestState") is not None:
                raise _unknown_ticket()
            return await self._called(front, name, arguments, exchange, method)
        bound_to = (front.owner, name, sha256_hex(canonical_json(dict(arguments))))
        ticket = front.params.get("requestState")
        if ticket is None:
            conversation = Conversation(front, server)
            call = asyncio.create_task(self._called(front, name, arguments, conversation, method))
        else:
            parked = self._parking.taken(ticket, bound_to)
            if parked is None:
                raise _unknown_ticket()
            conversation, call = parked.conversation, parked.call
            conversation.answered(front, front.params.get("inputResponses") or {})
        reply = await conversation.leg(call)
        if reply is None:
            asked = conversation.questions
            return question_result(self._parking.park(conversation, call, bound_to), asked)
        return reply

    async def _called(
        self,
        front: Front,
        name: str,
        arguments: Mapping[str, Any],
        exchange: Exchange,
        method: PassedMethod | None,
    ) -> Reply:
        if exchange is NOBODY and method is None:
            return await self._gate.call(front.presence, name, arguments, self._call_id(front.meta))
        return await self._gate.call(
            front.presence, name, arguments, self._call_id(front.meta), exchange=exchange, method=method
        )

    async def _check_headers(self, front: Front, tool: PinnedTool, arguments: Mapping[str, Any]) -> None:
        """Compare headers with the body, for tools the caller knows of."""
        if not self._marks.of(tool) or tool not in await self._gate.offered(front.presence):
            return
        request = front.ctx.request
        check_param_headers(tool.input_schema, arguments, {} if request is None else request.headers)

    def _call_id(self, meta: Mapping[str, Any]) -> str:
        """The caller's own id for the call; a fresh one when it gives none.

        An id that cannot be recorded as it is must not be replaced: the caller could not find its call again.
        """
        given = meta.get(f"{OWN_META_PREFIX}call_id")
        if given is None:
            return self._ledger.ids.new("tcl")
        if isinstance(given, str) and _CALL_ID.fullmatch(given):
            return given
        raise MCPError(INVALID_PARAMS, f"{OWN_META_PREFIX}call_id must match {_CALL_ID.pattern}")


def _error(reply: Reply) -> MCPError:
    if reply.error is not None:
        return MCPError(reply.error["code"], reply.error["message"], reply.error.get("data"))
    return MCPError(INVALID_PARAMS, reply.text, reply.meta)


def _unknown_ticket() -> MCPError:
    return MCPError(
        INVALID_PARAMS, "the requestState is unknown, used or expired; make the call again without it"
    )
