"""A worker of pgqueuer for the comparison of queues; runs in the benchmarks' own environment.

Its fast settings: asyncpg on uvloop, as its own benchmark has them, batches of half the tasks in flight (the
most it takes), and no statistics.
"""

import logging
import sys
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.types import QueueExecutionMode

from tests.benchmarks.queue_worker import serve


async def empty(job: object) -> None:
    """A task that does nothing."""


async def main(url: str, in_flight: int) -> None:
    logging.disable(logging.WARNING)
    connection = await asyncpg.connect(url)
    queries = Queries.from_asyncpg_connection(connection)

    async def install() -> None:
        await queries.install()

    async def fill(tasks: int) -> None:
        await queries.enqueue(["empty"] * tasks, [None] * tasks, [0] * tasks)

    async def drain() -> None:
        manager = QueueManager(queries)
        manager.entrypoint("empty")(empty)
        await manager.run(
            batch_size=max(in_flight // 2, 1),
            max_concurrent_tasks=max(in_flight, 2),
            mode=QueueExecutionMode.drain,
            log_aggregation_interval=timedelta(0),
            dequeue_timeout=timedelta(seconds=0.001),
        )

    await serve(install, fill, drain)
    await connection.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
