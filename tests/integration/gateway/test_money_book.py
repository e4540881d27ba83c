"""The money book in memory and the database's own sums say the same of any sequence of payments."""

from datetime import datetime
from decimal import Decimal
from random import Random

from muster.gateway.commitments import Sums, committed_today
from muster.gateway.money_book import MoneyBook
from muster.ledger.events import Commitment, EventContext, ToolCallIntended, ToolCallSettled
from muster.ledger.intents import Intent
from muster.ledger.postgres import PostgresLedger

STEPS = 150
PAYEES = ("v1", "v2", "de12", "de34")


def chosen(chance: Random) -> Commitment:
    """Money to nobody, one or several payees; now and then a payment that was sent before."""
    return Commitment(
        amount=str(chance.randint(1, 90)),
        currency="EUR",
        payees=tuple(sorted(chance.sample(PAYEES, chance.choice((0, 1, 1, 2))))),
        payment=chance.choice((None, "same", "other")),
    )


async def test_both_say_the_same_of_any_sequence(ledger: PostgresLedger) -> None:
    chance, book = Random(5), MoneyBook()
    open_intents: list[Intent] = []
    seen: list[Decimal] = []
    for number in range(STEPS):
        money, agent = chosen(chance), chance.choice(("clerk", "keeper"))
        who = f"support/{agent}"
        async with ledger.transaction() as transaction:
            expected = await committed_today(transaction, money, who)
            at: datetime = transaction.now
        assert book.today(money, who, at) == expected, (number, money, who)
        seen.append(expected.payee)
        if chance.random() < 0.2 and open_intents:
            refused = open_intents.pop(chance.randrange(len(open_intents)))
            settled = ToolCallSettled(
                call_id=refused.call_id, tool="erp__pay", status="tool_error", latency_ms=1
            )
            await ledger.settle(refused, settled, cost_usd=Decimal(0))
            book.declined(refused.event_id)
            continue
        approval_id = "apr_1" if chance.random() < 0.3 else None
        intended = ToolCallIntended(
            call_id=f"c_{number}",
            tool="erp__pay",
            effect="money",
            arguments={},
            arguments_sha256="0" * 64,
            commits=money,
            approval_id=approval_id,
        )
        where = EventContext(actor=f"agent:{who}", run_id="run_1", team="support", agent=agent)
        intent = await ledger.intend(intended, where, reserve_usd=Decimal(0))
        book.commit(intent.event_id, money, who, at, approved=approval_id is not None)
        open_intents.append(intent)
    assert len(set(seen)) > STEPS / 4


def test_an_empty_book_has_nothing() -> None:
    nothing = Sums(payee=Decimal(0), agent=Decimal(0))
    money = Commitment(amount="5", currency="EUR", payees=("v1",))
    at = datetime.fromisoformat("2026-11-20T08:00:00Z")
    assert MoneyBook().today(money, "support/clerk", at) == nothing
