"""A call that must not be made twice is made once, even when two workers believe a run to be theirs."""

from muster.gateway.errors import CallRepeatedError
from muster.ledger.postgres import LedgerTransaction
from muster.ledger.sql import load


async def only_once(transaction: LedgerTransaction, run_id: str, call_id: str) -> None:
    """Returns when the run has no intent of that call id; no other call of that id passes until the commit.

    Raises:
        CallRepeatedError: the call was begun before; what came of it stands in the record.
        LedgerUnavailableError: the database is away.
    """
    call = {"run_id": run_id, "call_id": call_id}
    await transaction.connection.execute(load("muster.gateway", "lock_call"), call)
    cursor = await transaction.connection.execute(load("muster.gateway", "call_begun"), call)
    if await cursor.fetchone() is not None:
        raise CallRepeatedError(run_id, call_id)
