"""A worker of muster for the comparison of queues: leases, does nothing, ends; both events in the ledger."""

import asyncio
import itertools
import os
import sys

from muster.intake.leases import LeasedTask, finish, lease
from muster.ledger.postgres import PostgresLedger
from tests.benchmarks.queue_worker import serve

_FILL = """
INSERT INTO state.tasks
    (task_id, source, external_id, team, channel, priority, title, content, status, created_at, updated_at)
SELECT 'tsk_' || %(fill)s || '_' || n, 'bench-' || %(fill)s, n::text, 'bench', 'request', 1, '', '{}',
    'queued', clock_timestamp(), clock_timestamp()
FROM generate_series(1, %(tasks)s) AS n
"""


class Worker:
    """Keeps so many tasks in flight until the queue is empty."""

    def __init__(self, ledger: PostgresLedger, in_flight: int) -> None:
        self._ledger = ledger
        self._in_flight = in_flight
        self._name = f"worker-{os.getpid()}"
        self._fills = itertools.count()

    async def install(self) -> None:
        """The schema is there already."""

    async def fill(self, tasks: int) -> None:
        async with self._ledger.transaction() as transaction:
            await transaction.connection.execute(
                _FILL, {"fill": f"{self._name}-{next(self._fills)}", "tasks": tasks}
            )

    async def drain(self) -> None:
        """Two halves, so that one is worked on while the other's ends are committed."""
        half = self._in_flight // 2
        await asyncio.gather(*(self._places(places) for places in (half, self._in_flight - half) if places))

    async def _places(self, places: int) -> None:
        """Takes as many new tasks as end, in the same commit."""
        tasks = await self._lease(places)
        while tasks:
            taking = asyncio.ensure_future(self._lease(places))
            await asyncio.gather(*map(self._work, tasks))
            tasks = await taking

    async def _lease(self, limit: int) -> list[LeasedTask]:
        return await lease(self._ledger, "bench", self._name, limit=limit, lease_seconds=60)

    async def _work(self, task: LeasedTask) -> None:
        await finish(self._ledger, task, "completed", "nothing to do")


async def main(url: str, in_flight: int) -> None:
    ledger = await PostgresLedger.open(url, pool_size=2)
    worker = Worker(ledger, in_flight)
    await serve(worker.install, worker.fill, worker.drain)
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
