"""A run: a team's agents work on one task, one after another, until it is done or a person is needed.

The run is a fold over its events. Whoever takes a task over runs the same code again: recorded answers and
outcomes are used as they are, and the first step that is not recorded is the next one to be taken.
"""

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from muster.ledger.events import EventContext, Fact, HandoffMade
from muster.ledger.postgres import PostgresLedger
from muster.models.door import ModelDoor
from muster.teams.acting import Acting
from muster.teams.asking import Asking
from muster.teams.ending import RunReport, completed
from muster.teams.errors import PersonNeededError
from muster.teams.journal import Journal
from muster.teams.platform_tools import Escalate, Finish, HandOff
from muster.teams.roster import DeployedTeam
from muster.teams.standard import Standard
from muster.teams.task import Task
from muster.teams.tools import Tools
from muster.teams.turn import Turn


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a run needs from the platform."""

    ledger: PostgresLedger
    door: ModelDoor
    tools: Tools
    standard: Standard
    chance: random.Random


class Run:
    """One team's work on one task."""

    def __init__(
        self, bench: Workbench, team: DeployedTeam, task: Task, run_id: str, journal: Journal
    ) -> None:
        self._bench = bench
        self._team = team
        self._task = task
        self._journal = journal
        self._asking = Asking(bench.door, bench.ledger.ids, journal, bench.standard, bench.chance)
        self._acting = Acting(journal, bench.standard)
        self._facts: list[Fact] = []
        self._agent = team.manifest.coordinator
        self._began_at: datetime = bench.ledger.clock.now()
        self._where = EventContext(
            actor="service:runner",
            task_id=task.task_id,
            run_id=run_id,
            team=team.manifest.team,
            model_source=bench.door.source,
        )

    @property
    def where(self) -> EventContext:
        """The run's place in the record, as the agent that is at work now."""
        name = f"agent:{self._team.manifest.team}/{self._agent}"
        return replace(self._where, agent=self._agent, actor=name)

    async def work(self) -> RunReport:
        """Work until the task is done or a person is needed.

        Raises:
            WorkInterruptedError: a part the work needs is away; the run can be taken up again.
            LedgerUnavailableError: likewise, the ledger's database.
        """
        limit_seconds = self._team.manifest.shift.task_time_limit_seconds
        try:
            async with asyncio.timeout(limit_seconds):
                finish = await self._agents_in_turn()
        except TimeoutError:
            return self.escalated(PersonNeededError("time_limit", f"not done after {limit_seconds} s"))
        except PersonNeededError as needed:
            return self.escalated(needed)
        return completed(finish, self._asking.calls, self._acting.calls, self._duration_ms())

    async def _agents_in_turn(self) -> Finish:
        note: HandoffMade | None = None
        for _ in range(self._bench.standard.handoffs + 1):
            agent = self._team.manifest.agent(self._agent)
            match await self._turn(note):
                case Finish() as finish if finish.confidence < agent.escalate.confidence_below:
                    raise PersonNeededError(
                        "low_confidence",
                        f"confidence {finish.confidence:.2f} is under {agent.escalate.confidence_below:.2f}",
                        summary=finish.summary,
                        proposed_action=finish.answer,
                        confidence=finish.confidence,
                    )
                case Finish() as finish:
                    return finish
                case Escalate() as asked:
                    raise PersonNeededError(
                        asked.reason,
                        asked.summary,
                        summary=asked.summary,
                        proposed_action=asked.proposed_action,
                        confidence=asked.confidence,
                    )
                case HandOff() as hand_off:
                    note = await self._pass_on(hand_off)
                    self._agent = hand_off.to
        raise PersonNeededError("no_progress", f"handed over {self._bench.standard.handoffs + 1} times")

    async def _turn(self, note: HandoffMade | None) -> Finish | HandOff | Escalate:
        manifest = self._team.manifest
        agent = manifest.agent(self._agent)
        lifetime = timedelta(seconds=manifest.shift.task_time_limit_seconds + 60)
        async with self._bench.tools.session(self.where, lifetime) as session:
            turn = Turn(
                agent,
                manifest,
                self._team.prompts[agent.name],
                self.where,
                self._asking,
                self._acting,
                self._bench.standard,
            )
            return await turn.take(self._task, self._facts, note, session)

    async def _pass_on(self, hand_off: HandOff) -> HandoffMade:
        stated = tuple(Fact(key=fact.key, value=fact.value, source=self._agent) for fact in hand_off.facts)
        self._facts = [fact for fact in self._facts if fact.key not in {new.key for new in stated}]
        self._facts.extend(stated)
        note = HandoffMade(
            from_agent=self._agent,
            to_agent=hand_off.to,
            ask=hand_off.ask,
            decisions=hand_off.decisions,
            facts=stated,
            open_risks=hand_off.open_risks,
        )
        if self._journal.handoffs:
            self._journal.handoffs.popleft()
        else:
            await self._bench.ledger.append(note, self.where)
        return note

    def escalated(self, needed: PersonNeededError) -> RunReport:
        """The report of a run that stops here because a person is needed."""
        return RunReport(
            outcome="escalated",
            summary=needed.summary or f"{self._agent} could not finish: {needed.detail}",
            answer=None,
            confidence=needed.confidence,
            model_calls=self._asking.calls,
            tool_calls=self._acting.calls,
            duration_ms=self._duration_ms(),
            tried=tuple(self._acting.tried),
            evidence=tuple(self._journal.evidence),
            person_needed=needed,
        )

    def _duration_ms(self) -> int:
        return round((self._bench.ledger.clock.now() - self._began_at).total_seconds() * 1000)
