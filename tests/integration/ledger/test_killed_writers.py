"""A killed writer leaves a whole record: no act without intent, no budget held for good, no broken chain."""

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

from muster.ledger.postgres import PostgresLedger
from muster.ledger.recovery import abandon_lost_intents
from muster.ledger.verify import verify_ledger

WRITERS = Path(__file__).with_name("killed_writers.py")
KILLS = 500

_LOST = """
    SELECT intended.event_id FROM ledger.events AS intended
    WHERE intended.kind = 'tool_call.intended' AND NOT EXISTS (
        SELECT FROM ledger.events AS settled
        WHERE settled.kind = 'tool_call.settled' AND settled.run_id = intended.run_id
            AND settled.body::jsonb #>> '{payload,intent_id}' = intended.event_id
    )
"""
_OUTCOMES_WITHOUT_INTENT = """
    SELECT settled.event_id FROM ledger.events AS settled
    WHERE settled.kind = 'tool_call.settled' AND NOT EXISTS (
        SELECT FROM ledger.events AS intended
        WHERE intended.event_id = settled.body::jsonb #>> '{payload,intent_id}' AND intended.seq < settled.seq
    )
"""


async def test_writers_killed_500_times_leave_a_whole_record(
    ledger: PostgresLedger, database_url: str, tmp_path: Path
) -> None:
    acts = tmp_path / "acts"
    command = [sys.executable, str(WRITERS), database_url, str(acts), str(KILLS), "7"]
    killed = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, complaint = await killed.communicate()
    assert killed.returncode == 0, complaint.decode()

    lost = {row["event_id"] for row in await ledger.fetch(_LOST)}
    intents = await ledger.fetch("SELECT event_id FROM ledger.events WHERE kind = 'tool_call.intended'")
    done = acts.read_text().split()
    assert len(done) > KILLS, "the writers hardly came to act"
    assert len(lost) > KILLS // 10, "the writers were hardly killed in the middle of an act"
    assert set(done) <= {row["event_id"] for row in intents}
    assert await ledger.fetch(_OUTCOMES_WITHOUT_INTENT) == []

    runs = {row["run_id"] for row in await ledger.fetch("SELECT run_id FROM ledger.open_intents")}
    freed = [one for run_id in runs for one in await abandon_lost_intents(ledger, run_id)]
    assert {one.intent_id for one in freed} == lost
    budgets = await ledger.fetch("SELECT reserved_usd, spent_usd, calls FROM state.budgets")
    settled = len(intents) - len(lost)
    assert {(row["reserved_usd"], row["spent_usd"], row["calls"]) for row in budgets} == {
        (Decimal(0), settled * Decimal("0.01"), len(intents))
    }
    verdict = await verify_ledger(ledger)
    assert verdict.problems == []
