"""What a call commits when none of its arguments says it: looked up in the system, and recorded as a read."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.amount import AmountError, Price, converted, spelt_alike
from muster.gateway.caller import Caller
from muster.gateway.catalogue import Shelf
from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.plain import clean
from muster.gateway.policy.files import Policy
from muster.gateway.provenance.answers import parsed
from muster.gateway.provenance.paths import places, steps_of
from muster.gateway.registration import PriceLookup
from muster.gateway.reply import answer
from muster.gateway.tool import PinnedTool
from muster.gateway.upstreams import Upstreams
from muster.ledger.errors import AgentPausedError
from muster.ledger.events import ToolCallIntended, ToolCallSettled
from muster.ledger.postgres import PostgresLedger

_RULE = "price"
_NO_COST = Decimal(0)


class Pricing:
    """Looks prices up as the registration says."""

    def __init__(self, ledger: PostgresLedger, upstreams: Upstreams, policy: Policy) -> None:
        self._ledger = ledger
        self._upstreams = upstreams
        self._policy = policy

    async def price_of(
        self, caller: Caller, tool: PinnedTool, arguments: Mapping[str, Any], shelf: Shelf, call_id: str
    ) -> Price | None:
        """The call's price; null when its registration names no lookup.

        Raises:
            LedgerUnavailableError: the database is away; nothing was looked up.
        """
        lookup = tool.roles.price
        if lookup is None:
            return None
        reader = shelf.tools.get(lookup.tool)
        if reader is None or reader.effect != "read":
            return Price(None, frozenset(), f"its price is read with {lookup.tool}, which reads nothing here")
        asked = {name: arguments.get(source) for name, source in lookup.arguments.items()}
        text = await self._looked_up(caller, reader, asked, f"{call_id}.price")
        return self._priced(lookup, tool, reader, text)

    async def _looked_up(
        self, caller: Caller, reader: PinnedTool, asked: dict[str, Any], call_id: str
    ) -> str | None:
        """The reading tool's answer; null when it gave none."""
        intended = ToolCallIntended(
            call_id=call_id,
            tool=reader.name,
            effect=reader.effect,
            arguments=asked,
            arguments_sha256=sha256_hex(canonical_json(asked)),
            rules=(_RULE,),
        )
        where = replace(caller.where, actor="service:gateway")
        try:
            intent = await self._ledger.intend(intended, where, reserve_usd=_NO_COST)
        except AgentPausedError:  # the call's own intent says so
            return None
        began = perf_counter()
        limits = self._policy.limits
        try:
            raw = await self._upstreams.of(reader.server).call(intent, reader, asked, {})
            reply = answer(call_id, raw, characters=limits.result_characters, structured=False)
            status, text = reply.status, reply.text
        except (UpstreamAwayError, UpstreamAnswerError) as error:
            status, text = "transport_error", clean(str(error))
        settled = ToolCallSettled(
            call_id=call_id,
            tool=reader.name,
            status="tool_error" if status == "refused" else status,
            result=text if status == "ok" else None,
            latency_ms=round((perf_counter() - began) * 1000),
            error_message=None if status == "ok" else text,
        )
        await self._ledger.settle(intent, settled, cost_usd=_NO_COST)
        return text if status == "ok" else None

    def _priced(self, lookup: PriceLookup, tool: PinnedTool, reader: PinnedTool, text: str | None) -> Price:
        if text is None:
            return Price(None, frozenset(), f"{reader.name} did not say its price")
        data = parsed(text, reader.roles.returns.format)
        payees = spelt_alike(value for path in lookup.payee for value in _all(data, path))
        currencies = _all(data, lookup.currency) if lookup.currency is not None else []
        money = self._policy.money
        currency = (currencies or [tool.roles.default_currency or money.currency])[0]
        amounts = _all(data, lookup.amount)
        if not amounts:
            return Price(None, payees, f"{reader.name} gave no {lookup.amount}")
        try:
            prices = [converted(value, currency, money, lookup.amount) for value in amounts]
        except AmountError as error:
            return Price(None, payees, str(error))
        return Price(sum(prices, Decimal(0)), payees)


def _all(data: Any, path: str) -> list[Any]:
    return [value for _, value in places(data, steps_of(path)) if value is not None]
