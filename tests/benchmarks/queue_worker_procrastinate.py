"""A worker of procrastinate for the comparison of queues; runs in the benchmarks' own environment.

Its fast settings: one pool as large as its concurrency, finished jobs deleted, no listening, no log lines.
"""

import asyncio
import logging
import sys

from procrastinate import App, PsycopgConnector

from tests.benchmarks.queue_worker import serve


async def empty() -> None:
    """A task that does nothing."""


async def main(url: str, in_flight: int) -> None:
    logging.disable(logging.WARNING)
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=max(in_flight, 2)))
    task = app.task(name="empty")(empty)
    async with app.open_async():

        async def install() -> None:
            await app.schema_manager.apply_schema_async()

        async def fill(tasks: int) -> None:
            for start in range(0, tasks, 1_000):
                await task.batch_defer_async(*({} for _ in range(start, min(start + 1_000, tasks))))

        async def drain() -> None:
            await app.run_worker_async(
                concurrency=in_flight,
                wait=False,
                listen_notify=False,
                delete_jobs="always",
                install_signal_handlers=False,
            )

        await serve(install, fill, drain)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
