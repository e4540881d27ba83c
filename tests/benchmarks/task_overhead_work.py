"""The same task for every system: 4 model and 4 tool calls, answered at once; and the workers' protocol.

Nothing here imports muster: the rivals run in an environment of their own.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

SYSTEM = " ".join(
    f"Rule {number}: look the order up before you answer, and say what you did in plain words."
    for number in range(1, 19)
)
"""About as long as a specialist's prompt of the demo company."""
TEXT = "Where is my order? It was promised for Tuesday. " * 6
TOOLS = ("get_order", "track_shipment", "list_orders", "find_customer")
STEPS: tuple[tuple[str, ...], ...] = (("find_customer",), ("list_orders",), ("get_order", "track_shipment"))
"""Tools called in the first three answers; the fourth answer ends the task."""
INPUT_TOKENS = 1_200
OUTPUT_TOKENS = 80
ANSWER = "The parcel left on Monday and arrives on Wednesday; the customer has the tracking number. " * 2


def arguments(tool: str, number: int) -> dict[str, str]:
    """What the model calls a tool with."""
    return {"order_number": f"BL-{number:08}", "reason": f"{tool}: the customer asks where the order is"}


def result(tool: str, order_number: str) -> str:
    """What a tool answers: about 400 characters of JSON."""
    lines = [
        {"sku": f"SKU-{place}", "title": "Wool blanket, grey", "quantity": place} for place in range(1, 5)
    ]
    return json.dumps({"tool": tool, "order_number": order_number, "status": "in transit", "lines": lines})


def serve(
    work: Callable[[int, int], Awaitable[None]],
    fill: Callable[[int], Awaitable[None]] | None = None,
    start: Callable[[], Awaitable[None]] | None = None,
    stop: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Answers commands on standard input, one JSON line each, until it is closed.

    `fill N` gets N tasks ready; `run N AT_ONCE` does them and says in how many seconds.

    Args:
        work: does so many tasks, so many at once.
        fill: puts so many tasks where they wait; None where tasks do not wait anywhere.
    """
    asyncio.run(_serve(work, fill, start, stop))


async def _serve(
    work: Callable[[int, int], Awaitable[None]],
    fill: Callable[[int], Awaitable[None]] | None,
    start: Callable[[], Awaitable[None]] | None,
    stop: Callable[[], Awaitable[None]] | None,
) -> None:
    if start is not None:
        await start()
    _say({"ready": True})
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        match line.split():
            case ["fill", tasks]:
                if fill is not None:
                    await fill(int(tasks))
                _say({"filled": int(tasks)})
            case ["run", tasks, at_once]:
                began = time.perf_counter()
                await work(int(tasks), int(at_once))
                _say({"seconds": time.perf_counter() - began})
            case _:
                raise ValueError(f"unknown command {line!r}")
    if stop is not None:
        await stop()


def _say(answer: dict[str, Any]) -> None:
    sys.__stdout__.write(json.dumps(answer) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


async def at_once(one: Callable[[int], Awaitable[None]], tasks: int, most: int) -> None:
    """Does `tasks` tasks, `most` of them side by side."""
    numbers = iter(range(tasks))

    async def worker() -> None:
        for number in numbers:
            await one(number)

    await asyncio.gather(*(worker() for _ in range(most)))
