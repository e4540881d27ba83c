"""A record that a newer muster wrote is kept, and whoever reads it goes on."""

from io import StringIO

import orjson
from rich.console import Console

from muster.core.canonical import canonical_json
from muster.ledger.events import EventContext, HandoffMade
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.ledger.rebuild import compare_state
from muster.ledger.sql import load
from muster.ledger.verify.database import verify_ledger
from muster.reports.trace import trace_tree
from muster.teams.journal import Journal

WHERE = EventContext(actor="service:test", task_id="tsk_1", run_id="run_1", team="support", agent="desk")


async def written_by_a_newer_muster(ledger: PostgresLedger, kind: str, **payload: object) -> None:
    """An event this version does not know, appended as that version would."""
    columns = ledger.columns(HandoffMade(from_agent="a", to_agent="b", ask="c"), WHERE, None)
    body = orjson.loads(columns["body"]) | {"kind": kind, "payload": payload}
    values = {**columns, "kind": kind, "body": canonical_json(body).decode()}
    async with ledger.transaction() as transaction:
        await transaction.connection.execute(load("muster.ledger", "append"), values)


async def recorded(ledger: PostgresLedger) -> None:
    """A known event, one of an unknown kind, one of a known kind with a new field and a known one again."""
    note = HandoffMade(from_agent="desk", to_agent="clerk", ask="refund it")
    await ledger.append(note, WHERE)
    await written_by_a_newer_muster(ledger, "tea.served", cups=2, status="hot")
    await written_by_a_newer_muster(
        ledger, "handoff.made", from_agent="clerk", to_agent="desk", ask="done", mood="fine"
    )
    await ledger.append(note, WHERE)


async def test_a_run_goes_on_past_what_it_does_not_know(ledger: PostgresLedger) -> None:
    await recorded(ledger)
    journal = await Journal.load(ledger, "run_1")
    note = HandoffMade(from_agent="desk", to_agent="clerk", ask="refund it")
    newer = HandoffMade(from_agent="clerk", to_agent="desk", ask="done")
    assert [journal.has(one) for one in (note, newer, note)] == [True, True, True]
    assert not journal.has(note)


async def test_the_trace_names_it_and_goes_on(ledger: PostgresLedger, database_url: str) -> None:
    await recorded(ledger)
    console = Console(record=True, width=120, file=StringIO())
    console.print(trace_tree(LedgerReader(database_url).task_events("tsk_1")))
    shown = console.export_text()
    assert "tea.served: not known to this version of muster" in shown
    assert shown.count("hands over to") == 3


async def test_it_is_read_back_byte_for_byte(ledger: PostgresLedger, database_url: str) -> None:
    await recorded(ledger)
    events = LedgerReader(database_url).task_events("tsk_1")
    assert events[1]["payload"] == {"cups": 2, "status": "hot"}
    assert events[2]["payload"]["mood"] == "fine"


async def test_figures_pass_it_over(ledger: PostgresLedger, database_url: str) -> None:
    await recorded(ledger)
    frame = LedgerReader(database_url).events()
    assert frame["kind"].to_list() == ["handoff.made", "tea.served", "handoff.made", "handoff.made"]


async def test_rebuilding_passes_it_over_and_says_so(ledger: PostgresLedger) -> None:
    await recorded(ledger)
    comparison = await compare_state(ledger)
    assert comparison.unread == {"tea.served": 1}
    assert comparison.differences == []


async def test_it_is_verified_like_any_other(ledger: PostgresLedger) -> None:
    await recorded(ledger)
    verdict = await verify_ledger(ledger)
    assert verdict.problems == []
    assert verdict.events == 4
