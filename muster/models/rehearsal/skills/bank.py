"""Bank reconciliation: each outgoing transaction is matched with the open invoice it pays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from muster.models.rehearsal.reading.values import dates
from muster.models.rehearsal.script import Call, Script
from muster.models.rehearsal.skills.endings import could_not, finish
from muster.models.rehearsal.skills.work import Skill, Work

Row = Mapping[str, Any]

MATCHES_AT_ONCE = 12
"""So that one answer does not become longer than a model may write."""


def _reconcile(work: Work) -> Script:
    since, until = _period(work.talk.task.everything)
    period = {name: day for name, day in (("since", since), ("until", until)) if day}
    listed, booked = yield [Call("list_bank_transactions", period), Call("list_open_invoices", {})]
    if not listed.ok or not booked.ok:
        return could_not(booked if listed.ok else listed, "Reading transactions and open invoices")
    pairs, left = pair(listed.data.get("transactions") or [], booked.data.get("invoices") or [])
    if work.slips("loses one"):
        pairs, left = pairs[:-1], [*left, *(transaction for transaction, _ in pairs[-1:])]
    failed: list[str] = []
    for start in range(0, len(pairs), MATCHES_AT_ONCE):
        some = pairs[start : start + MATCHES_AT_ONCE]
        answers = yield [
            Call("match_bank_transaction", {"transaction_id": transaction, "invoice_number": invoice})
            for transaction, invoice in some
        ]
        failed += [pair[0] for pair, answer in zip(some, answers, strict=True) if not answer.ok]
    unmatched = ", ".join([*left, *failed]) or "none"
    return finish(work, f"Matched {len(pairs) - len(failed)} transactions. Left unmatched: {unmatched}.")


def pair(transactions: Sequence[Row], invoices: Sequence[Row]) -> tuple[list[tuple[str, str]], list[str]]:
    """Which invoice each outgoing transaction pays, and the transactions that pay none we can tell."""
    pairs: list[tuple[str, str]] = []
    left: list[str] = []
    open_invoices = list(invoices)
    for transaction in transactions:
        if transaction.get("matched_invoice_number") or _paid(transaction) <= 0:
            continue
        invoice = _invoice_for(transaction, open_invoices)
        if invoice is None:
            left.append(str(transaction.get("transaction_id")))
            continue
        open_invoices.remove(invoice)
        pairs.append((str(transaction.get("transaction_id")), str(invoice.get("invoice_number"))))
    return pairs, left


def _paid(transaction: Row) -> Decimal:
    return -Decimal(str(transaction.get("amount", 0)))


def _invoice_for(transaction: Row, invoices: Sequence[Row]) -> Row | None:
    reference = _squeezed(str(transaction.get("reference", "")))
    named = [each for each in invoices if _squeezed(str(each.get("invoice_number"))) in reference]
    same = [each for each in named if _amount(each) == _paid(transaction)]
    if named:
        return same[0] if len(same) == 1 else None
    by_account = [
        each
        for each in invoices
        if each.get("iban") == transaction.get("counterparty_iban") and _amount(each) == _paid(transaction)
    ]
    return by_account[0] if len(by_account) == 1 and not _names_some_invoice(reference) else None


def _amount(invoice: Row) -> Decimal:
    return Decimal(str(invoice.get("amount", 0)))


def _squeezed(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _names_some_invoice(reference: str) -> bool:
    return re.search(r"[A-Z]{2,5}\d{4,}", reference) is not None


def _period(text: str) -> tuple[str | None, str | None]:
    """The first and last day a statement is about, as far as it names them."""
    found = re.search(r"<FrDtTm>(\d{4}-\d{2}-\d{2}).*?<ToDtTm>(\d{4}-\d{2}-\d{2})", text, re.DOTALL)
    if found:
        return found.group(1), found.group(2)
    days = sorted(dates(text.lower()))
    return (days[0].isoformat(), days[-1].isoformat()) if days else (None, None)


SKILL = Skill(
    name="bank",
    needs=("match_bank_transaction",),
    script=_reconcile,
    mistakes=("loses one",),
)
