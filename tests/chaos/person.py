"""A person at the inbox while everything is being killed: says yes or no to whatever call waits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger
from muster.people.approvals import ApprovalClosedError, Word, decide, open_approvals

_LOOK_SECONDS = 0.3
_YES = 0.8
_WHO = "person:fault-test"


@asynccontextmanager
async def at_the_inbox(ledger: PostgresLedger, seed: int) -> AsyncIterator[None]:
    """Somebody decides while the block lasts."""
    deciding = asyncio.create_task(_decide(ledger, Random(seed)))
    try:
        yield
    finally:
        deciding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await deciding


async def _decide(ledger: PostgresLedger, chance: Random) -> None:
    while True:
        with contextlib.suppress(LedgerUnavailableError):
            for held in await open_approvals(ledger):
                with contextlib.suppress(ApprovalClosedError):  # decided before an answer was lost
                    word: Word = "approve" if chance.random() < _YES else "reject"
                    await decide(ledger, held.approval_id, word, _WHO)
        await asyncio.sleep(_LOOK_SECONDS)
