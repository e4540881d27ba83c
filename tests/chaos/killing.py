"""The kills of a schedule, made on the processes of a house and its crew."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from tests.chaos.crew import Crew
from tests.chaos.house import House
from tests.chaos.record import Diary, Made
from tests.chaos.schedule import Kill

_LOOK_SECONDS = 0.03
_AT_WORK_SECONDS = 20.0
"""So long a runner with work in hand is waited for; then any will do."""

Told = Callable[[Made], None]


class Killing:
    """Makes kills, lane by lane."""

    def __init__(self, house: House, crew: Crew, ledger: PostgresLedger, diary: Diary, told: Told) -> None:
        self._house = house
        self._crew = crew
        self._ledger = ledger
        self._diary = diary
        self._told = told
        self._dice = Random(diary.terms.seed)
        self._hunted: list[str] = []

    async def make(self, kills: Sequence[Kill]) -> None:
        """Returns when all were made."""
        lanes: dict[str, list[Kill]] = defaultdict(list)
        for kill in kills:
            lanes[kill.lane].append(kill)
        began = time.monotonic() - min((kill.due_seconds for kill in kills), default=0.0)
        async with asyncio.TaskGroup() as group:
            for lane in lanes.values():
                group.create_task(self._one_after_another(lane, began))

    async def _one_after_another(self, kills: list[Kill], began: float) -> None:
        for kill in kills:
            late = time.monotonic() - began - kill.due_seconds
            await asyncio.sleep(max(0.0, -late))
            began += max(0.0, late)  # the pauses stay, however slow the machine is
            if kill.victim == "worker":
                await self._kill_worker(kill)
            else:
                await self._kill_service(kill)

    async def _kill_service(self, kill: Kill) -> None:
        program = self._house.programs[kill.victim]
        while True:
            ready = program.is_alive if kill.aim == "anyone" else await asyncio.to_thread(program.answers)
            pids = program.kill() if ready else []
            if pids:
                self._told(self._diary.note(kill.number, kill.victim, pids, []))
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _kill_worker(self, kill: Kill) -> None:
        deadline = time.monotonic() + _AT_WORK_SECONDS
        while True:
            hands = await self._hands()
            patient = time.monotonic() < deadline
            names = self._chosen(kill, hands) if patient else sorted(self._crew.pids)
            if names:
                name = self._dice.choice(names)
                if kill.aim != "anyone":  # some way into what it took
                    await asyncio.sleep(kill.deep_seconds)
                    hands = await self._hands()
                tasks = hands.get(name, [])
                if kill.aim == "same_task" and patient and not set(tasks) & set(self._hunted):
                    continue  # done meanwhile, or taken from it: wait for the next holder, if there is one
                pid = self._crew.kill(name)
                if pid is not None:
                    if kill.hunt:
                        self._hunted = tasks
                    self._told(self._diary.note(kill.number, "worker", [pid], tasks))
                    return
            await asyncio.sleep(_LOOK_SECONDS)

    def _chosen(self, kill: Kill, hands: dict[str, list[str]]) -> list[str]:
        match kill.aim:
            case "anyone":
                return sorted(self._crew.pids)
            case "at_work":
                return sorted(name for name in hands if name in self._crew.pids)
            case "same_task":
                wanted = set(self._hunted)
                return sorted(
                    name for name, tasks in hands.items() if name in self._crew.pids and wanted & set(tasks)
                )

    async def _hands(self) -> dict[str, list[str]]:
        """The begun tasks in hand by runner; empty while the database is away."""
        hands: dict[str, list[str]] = defaultdict(list)
        try:
            rows = await self._ledger.fetch(load("tests.chaos", "in_hand"))
        except LedgerUnavailableError:
            return {}
        for row in rows:
            if row["begun"]:
                hands[row["lease_owner"]].append(row["task_id"])
        return hands
