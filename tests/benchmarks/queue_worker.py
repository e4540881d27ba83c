"""What the workers of all queues share: they do as they are told on their standard input.

Imports nothing of muster and no library: it runs in two environments.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable


def cpu_seconds() -> float:
    """What this process has used of the machine's processors."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def serve(
    install: Callable[[], Awaitable[None]],
    fill: Callable[[int], Awaitable[None]],
    drain: Callable[[], Awaitable[None]],
) -> None:
    """Answer `install`, `fill N` and `drain` with a line each, until the input ends.

    `drain` works until the queue is empty; its line says how many seconds that took, and how many of the
    processors.
    """
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order, _, number = line.strip().partition(" ")
        began, used = time.perf_counter(), cpu_seconds()
        match order:
            case "install":
                await install()
            case "fill":
                await fill(int(number))
            case "drain":
                await drain()
            case _:
                raise ValueError(f"unknown order {order}")
        said = {"seconds": time.perf_counter() - began, "cpu_seconds": cpu_seconds() - used}
        print(json.dumps(said), flush=True)
