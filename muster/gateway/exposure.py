"""Money already committed today, so that splitting a payment does not help."""

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from muster.core.canonical import canonical_json, sha256_hex
from muster.gateway.amount import AmountError, amount_of, payees_of
from muster.gateway.catalogue import Shelf
from muster.gateway.policy.files import MoneyPolicy
from muster.gateway.tool import PinnedTool
from muster.ledger.postgres import LedgerTransaction, PostgresLedger
from muster.ledger.sql import load


class Exposure:
    """Sums what each payee got today (UTC)."""

    def __init__(self, ledger: PostgresLedger, money: MoneyPolicy) -> None:
        self._ledger = ledger
        self._money = money

    async def of(
        self,
        transaction: LedgerTransaction,
        tool: PinnedTool,
        arguments: Mapping[str, Any],
        shelf: Shelf,
    ) -> Decimal:
        """What the call's payees got today; no other call to them is judged until the transaction ends.

        Raises:
            LedgerUnavailableError: the database is away.
        """
        payees = payees_of(tool.roles, arguments)
        now = self._ledger.clock.now().astimezone(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        execute = transaction.connection.execute
        await execute(load("muster.gateway", "lock_payees"), {"payees": sorted(payees)})
        cursor = await execute(load("muster.gateway", "money_since"), {"since": midnight})
        sums = dict.fromkeys(payees, Decimal(0))
        counted = {(tool.name, sha256_hex(canonical_json(dict(arguments))))}
        for call in await cursor.fetchall():
            self._add(call, shelf, sums, counted)
        return max(sums.values(), default=Decimal(0))

    def _add(
        self,
        call: Mapping[str, Any],
        shelf: Shelf,
        sums: dict[str, Decimal],
        counted: set[tuple[str, str]],
    ) -> None:
        """Count an earlier call for each payee it shares with the present one; a repetition counts once.

        Only with an idempotency key is the same call twice one payment.
        """
        tool, call_made = shelf.tools.get(call["tool"]), (call["tool"], call["arguments_sha256"])
        if tool is None or (tool.roles.idempotency_key is not None and call_made in counted):
            return
        counted.add(call_made)
        try:
            amount = amount_of(tool.roles, call["arguments"], self._money)
        except AmountError:
            return
        for payee in payees_of(tool.roles, call["arguments"]) & sums.keys():
            sums[payee] += amount
