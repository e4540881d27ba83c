"""The leases one worker holds: renewed together, and let go of the moment another worker has the task."""

import asyncio
import contextvars
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from muster.intake import leases
from muster.intake.leases import LeasedTask, LeaseLostError
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Hold:
    leased: LeasedTask
    block: asyncio.Timeout
    lost: bool = False


class Holding:
    """Keeps the leases of all tasks a worker has in hand."""

    def __init__(self, ledger: PostgresLedger, lease_seconds: float) -> None:
        self._ledger = ledger
        self.lease_seconds = lease_seconds
        self._holds: dict[tuple[str, int], _Hold] = {}
        self._keeper: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def held(self, leased: LeasedTask) -> AsyncIterator[Callable[[], None]]:
        """A block in which the lease is kept, until what it gives is called: then it runs out by itself.

        Raises:
            LeaseLostError: another worker has the task; the block was left where it was.
        """
        key = leased.task_id, leased.attempt  # a worker that stalled may get its own task a second time
        try:
            async with asyncio.timeout(None) as block:
                hold = self._holds[key] = _Hold(leased, block)
                if self._keeper is None or self._keeper.done():
                    self._keeper = asyncio.create_task(self._keep(), context=contextvars.Context())
                yield lambda: self._let_go(key)
        except TimeoutError:
            if hold.lost:
                raise LeaseLostError(leased) from None
            raise
        finally:
            self._let_go(key)
            if not self._holds and self._keeper is not None:
                self._keeper.cancel()
                self._keeper = None

    def _let_go(self, key: tuple[str, int]) -> None:
        self._holds.pop(key, None)

    async def _keep(self) -> None:
        """Renews the leases, three times in the life of each."""
        while True:
            await asyncio.sleep(self.lease_seconds / 3)
            try:
                await self._renew()
            except LedgerUnavailableError as error:
                log.warning("leases are not renewed: %s", error)

    async def _renew(self) -> None:
        tasks = [hold.leased for hold in self._holds.values()]
        renewed = await leases.renew_all(self._ledger, tasks, lease_seconds=self.lease_seconds)
        ours = {(task.task_id, task.attempt) for task in renewed}
        lost = {(task.task_id, task.attempt) for task in tasks} - ours
        for key in lost & self._holds.keys():  # others ended while this was asked
            hold = self._holds.pop(key)
            hold.lost = True
            hold.block.reschedule(asyncio.get_running_loop().time())
