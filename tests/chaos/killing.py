"""The kills of a schedule, made on the processes of a house and its crew."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from tests.chaos.crew import Crew
from tests.chaos.house import House
from tests.chaos.record import Diary, Made
from tests.chaos.schedule import Kill

_LOOK_SECONDS = 0.03
_AIM_SECONDS = 0.01
_FRESH_SECONDS = 1.0
"""A call that was begun longer ago, or that began before its gateway did, is not under way any more."""
_AIMED_SECONDS = 120.0
"""So long such a call is waited for; the other kills go on meanwhile."""
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
            if kill.is_aimed and await self._kill_mid_call(kill):
                continue
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

    async def _kill_mid_call(self, kill: Kill) -> bool:
        """Whether a call that changes something was seen in time; its gateway or its runner is dead then."""
        deadline = time.monotonic() + _AIMED_SECONDS
        while time.monotonic() < deadline:
            calls = await self._calls(kill)
            if kill.victim == "worker":
                owners = sorted({call["lease_owner"] for call in calls} & self._crew.pids.keys())
                owner = self._dice.choice(owners) if owners else None
                calls = [call for call in calls if call["lease_owner"] == owner]
            pids = self._struck(kill, calls)
            if pids:
                tasks = {call["task_id"] for call in calls} if kill.victim == "worker" else set()
                intents = [call["event_id"] for call in calls]
                self._told(self._diary.note(kill.number, kill.victim, pids, sorted(tasks), intents))
                return True
            await asyncio.sleep(_AIM_SECONDS)
        return False

    def _struck(self, kill: Kill, calls: list[dict[str, Any]]) -> list[int]:
        """The pids that were killed because of these calls."""
        if not calls:
            return []
        if kill.victim == "worker":
            pid = self._crew.kill(calls[0]["lease_owner"])
            return [] if pid is None else [pid]
        return self._house.programs[kill.victim].kill()

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
            case "at_work" | "mid_call" | "mid_keyed_call":
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

    async def _calls(self, kill: Kill) -> list[dict[str, Any]]:
        """Calls under way that change something, and whose task it is; none while the database is away."""
        if self._house.programs["http"].age_seconds < _FRESH_SECONDS:
            return []
        terms = {"fresh_seconds": _FRESH_SECONDS, "keyed": kill.aim == "mid_keyed_call"}
        try:
            return await self._ledger.fetch(load("tests.chaos", "changing_now"), terms)
        except LedgerUnavailableError:
            return []
