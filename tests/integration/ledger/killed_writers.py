"""Writers that are killed at random points: each is a fork that intends, acts and settles until it dies.

Run by the test beside it: `python killed_writers.py DATABASE_URL ACTS_FILE KILLS SEED`. An act is a line in
a file
that outlives its writer, as an act on another system would.
"""

import asyncio
import os
import random
import signal
import sys
import time
from decimal import Decimal
from itertools import count

from muster.ledger.events import EventContext, ToolCallIntended, ToolCallSettled
from muster.ledger.intents import BudgetLimit
from muster.ledger.postgres import PostgresLedger

HANDS = 4
BUDGETS = (
    BudgetLimit("agent:support/desk", Decimal(1_000_000), 100_000_000),
    BudgetLimit("team:support", Decimal(1_000_000)),
    BudgetLimit("fleet", Decimal(1_000_000)),
)


async def work(url: str, acts: int, generation: int) -> None:
    """Acts with several hands at once, for ever."""
    ledger = await PostgresLedger.open(url, pool_size=2)

    async def hand(number: int) -> None:
        for turn in count():
            call_id = f"tcl_{generation}_{number}_{turn}"
            where = EventContext(
                actor="agent:support/desk",
                team="support",
                agent="desk",
                task_id=f"tsk_{generation}_{number}",
                run_id=f"run_{generation}_{number}",
            )
            intended = ToolCallIntended(
                call_id=call_id, tool="shop__refund", effect="money", arguments={}, arguments_sha256=""
            )
            intent = await ledger.intend(intended, where, reserve_usd=Decimal("0.03"), budgets=BUDGETS)
            os.write(acts, f"{intent.event_id}\n".encode())
            settled = ToolCallSettled(call_id=call_id, tool="shop__refund", status="ok", latency_ms=1)
            await ledger.settle(intent, settled, cost_usd=Decimal("0.01"))

    await asyncio.gather(*(hand(number) for number in range(HANDS)))


def main() -> None:
    url, path, kills, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    acts = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for generation in range(kills):
        writer = os.fork()
        if writer == 0:
            asyncio.run(work(url, acts, generation))
            os._exit(1)
        time.sleep(chance.uniform(0.005, 0.12))
        os.kill(writer, signal.SIGKILL)
        _, status = os.waitpid(writer, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"writer {generation} ended by itself")


if __name__ == "__main__":
    main()
