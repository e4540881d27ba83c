"""Other agents who go on working while something bad is going on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.gateway.workplace import Workplace


@asynccontextmanager
async def undisturbed(workplace: Workplace, *, slowest_seconds: float = 5.0) -> AsyncIterator[None]:
    """A second agent calls the shop all the while; each of its calls must go through and none may hang."""
    over = asyncio.Event()

    async def calls() -> list[str]:
        statuses: list[str] = []
        while not over.is_set():
            # a run each few calls: one run may make only so many
            async with workplace.client("reader", run=f"run_neighbour_{len(statuses)}") as client:
                for _ in range(10):
                    outcome = await asyncio.wait_for(
                        client.call("shop__get_order", {"order_number": "BL-1"}), slowest_seconds
                    )
                    statuses.append(outcome.status if outcome.text == "BL-1: one towel" else outcome.text)
                    await asyncio.sleep(0.01)
        return statuses

    task = asyncio.create_task(calls())
    try:
        yield
    finally:
        over.set()
        statuses = await task
    assert len(statuses) >= 10
    assert set(statuses) == {"ok"}
