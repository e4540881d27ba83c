"""A run: a team's agents work on one task, one after another, until it is done or a person is needed.

The run is a fold over its events. Whoever takes a task over runs the same code again: recorded answers and
outcomes are used as they are, and the first step that is not recorded is the next one to be taken.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from muster.ledger.events import ConfidenceMethod, EventContext, HandoffMade
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.models.door import ModelDoor
from muster.teams.acting import Acting, never_heard_of
from muster.teams.asking import Asking
from muster.teams.deadline import Deadline
from muster.teams.ending import RunReport
from muster.teams.errors import PersonNeededError
from muster.teams.facts import FactSheet
from muster.teams.journal import Journal
from muster.teams.manifest_model import AgentManifest
from muster.teams.platform_tools import Escalate, Finish, HandOff, StatedFact
from muster.teams.roster import DeployedTeam, team_at
from muster.teams.run_watch import is_unsure
from muster.teams.scene import PromptSource, Scene
from muster.teams.standard import Standard
from muster.teams.standard_file import standard_text
from muster.teams.task import Task
from muster.teams.tools import Tools
from muster.teams.turn import Done, Turn


class StandardSource(Protocol):
    """Where the standard in force comes from."""

    def current(self) -> Standard:
        """What is in force: the same object as long as nothing changed."""
        ...


@dataclass(slots=True)
class Workbench:
    """What a run needs from the platform."""

    ledger: PostgresLedger
    door: ModelDoor
    tools: Tools
    standard: StandardSource
    policies: PolicyRegister
    prompts: PromptSource
    chance: random.Random
    _recorded: tuple[Standard, Standard] | None = field(default=None, init=False)
    """The standard last asked for, without its version and with it."""

    async def standard_in_force(self) -> Standard:
        """The standard to work by, with the version the record names it by.

        Raises:
            StandardError: no usable one was read yet.
            LedgerUnavailableError: the database is away.
        """
        plain = self.standard.current()
        if self._recorded is None or self._recorded[0] is not plain:
            version = await self.policies.label("standard", standard_text(plain))
            self._recorded = (plain, plain.model_copy(update={"version": version}))
        return self._recorded[1]


async def work_on(bench: Workbench, team: DeployedTeam, task: Task, run_id: str) -> RunReport:
    """Work on a task until it is done or a person is needed, going on from what is recorded of the run.

    Args:
        team: the version at work now; a run that began with another goes on with that one.

    Raises:
        ParkedError: somebody the run needs is halted; it goes on when they are resumed.
        WorkInterruptedError: a part the work needs is away; the run can be taken up again.
        GatewayError: likewise, the gateway.
        LedgerUnavailableError: likewise, the ledger's database.
    """
    journal = await Journal.load(bench.ledger, run_id) if task.run_id is not None else Journal()
    if journal.started is not None and journal.started.team_version != team.version:
        team = await team_at(bench.ledger, task.team, journal.started.team_version)
    standard = await bench.standard_in_force()
    return await Run(bench, team, task, run_id, journal, standard).work()


class Run:
    """One team's work on one task."""

    def __init__(
        self,
        bench: Workbench,
        team: DeployedTeam,
        task: Task,
        run_id: str,
        journal: Journal,
        standard: Standard,
    ) -> None:
        manifest = standard.applied_to(team.manifest)
        deadline = Deadline(manifest.shift.task_time_limit_seconds)
        ledger, chance = bench.ledger, bench.chance
        self._scene = Scene(
            ledger=ledger,
            tools=bench.tools,
            prompts=bench.prompts,
            team=manifest,
            task=task,
            standard=standard,
            journal=journal,
            asking=Asking(bench.door, ledger, journal, standard, deadline, chance),
            acting=Acting(ledger, journal, standard, deadline, chance, str(task.content.get("text", ""))),
            deadline=deadline,
            facts=FactSheet(standard.limits),
            where=EventContext(
                actor="service:runner",
                task_id=task.task_id,
                run_id=run_id,
                team=manifest.team,
                model_source=bench.door.source,
            ),
            transaction_type=task.transaction_type,
        )
        self._agent = manifest.agent(manifest.coordinator)
        self._began_at: datetime = ledger.clock.now()

    async def work(self) -> RunReport:
        """Work until the task is done or a person is needed; raises what `work_on` raises."""
        scene = self._scene
        try:
            lost, most = scene.journal.lost_workers, scene.standard.limits.task_attempts
            if lost >= most:
                raise PersonNeededError("error_persists", f"{lost} workers went silent over it")
            done = await self._agents_in_turn()
        except PersonNeededError as needed:
            return await self._escalated(needed)
        for begun in scene.acting.unheard():
            return await self._escalated(never_heard_of(begun, "the run came to its end another way"))
        return self._report(done=done)

    async def _escalated(self, needed: PersonNeededError) -> RunReport:
        """The end with a person; an act nobody heard of weighs more than whatever else ended the run."""
        if needed.reason != "uncertain_side_effect":
            for begun in self._scene.acting.unheard():
                needed = never_heard_of(begun, f"the run ended because: {needed.detail}")
                break
        return self._report(needed=needed, evidence=await self._evidence())

    async def _evidence(self) -> tuple[str, ...]:
        parameters = {"run_id": self._scene.where.run_id}
        rows = await self._scene.ledger.fetch(load("muster.teams", "run_evidence"), parameters)
        return tuple(row["event_id"] for row in rows)

    async def _agents_in_turn(self) -> Done:
        scene, limits = self._scene, self._scene.standard.limits
        note: HandoffMade | None = None
        visits: Counter[str] = Counter()
        for number in range(1, limits.handoffs + 2):
            agent = self._agent
            visits[agent.name] += 1
            if visits[agent.name] > limits.visits_per_agent:
                raise PersonNeededError(
                    "no_progress", f"{agent.name} got the work back {visits[agent.name] - 1} times"
                )
            done = await Turn(scene, agent, str(number), scene.facts).take(note)
            match done.ending:
                case Finish() as finish:
                    self._demand_confidence(agent, finish, done.confidence)
                    return done
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
                    self._agent = scene.team.agent(hand_off.to)
        raise PersonNeededError("no_progress", f"handed over {limits.handoffs + 1} times")

    def _demand_confidence(self, agent: AgentManifest, finish: Finish, confidence: float | None) -> None:
        if is_unsure(agent.escalate, confidence):
            raise PersonNeededError(
                "low_confidence",
                f"confidence {confidence:.2f} ({agent.confidence.method}) is under "
                f"{agent.escalate.confidence_below:.2f}",
                summary=finish.summary,
                proposed_action=finish.answer,
                confidence=confidence,
            )

    async def _pass_on(self, hand_off: HandOff) -> HandoffMade:
        scene = self._scene
        facts = {fact.key: fact for fact in scene.facts.all}
        note = HandoffMade(
            from_agent=self._agent.name,
            to_agent=hand_off.to,
            transaction_type=hand_off.transaction_type,
            ask=hand_off.ask,
            decisions=hand_off.decisions,
            facts=tuple(facts[key] for key in _keys(hand_off.facts)),
            open_risks=hand_off.open_risks,
        )
        scene.transaction_type = hand_off.transaction_type or scene.transaction_type
        await scene.give_work(note, scene.place_of(self._agent))
        return note

    def _report(
        self,
        *,
        done: Done | None = None,
        needed: PersonNeededError | None = None,
        evidence: tuple[str, ...] = (),
    ) -> RunReport:
        scene, agent = self._scene, self._agent
        finish = done.ending if done is not None and isinstance(done.ending, Finish) else None
        confidence = done.confidence if done is not None else needed.confidence if needed else None
        method: ConfidenceMethod | None = agent.confidence.method if confidence is not None else None
        if finish is not None:
            summary, answer = finish.summary, finish.answer
        else:
            assert needed is not None
            summary, answer = needed.summary or f"{agent.name} could not finish: {needed.detail}", None
        return RunReport(
            outcome="escalated" if finish is None else "completed",
            where=scene.place_of(agent),
            summary=summary,
            answer=answer,
            confidence=confidence,
            confidence_method=method,
            model_calls=scene.asking.calls,
            tool_calls=scene.acting.calls,
            duration_ms=round((scene.ledger.clock.now() - self._began_at).total_seconds() * 1000),
            priority=scene.task.priority,
            standard=scene.standard,
            tried=tuple(scene.acting.tried),
            evidence=evidence,
            facts=scene.facts.all,
            person_needed=needed,
        )


def _keys(stated: tuple[StatedFact, ...]) -> list[str]:
    return list(dict.fromkeys(fact.key for fact in stated))
