"""A company where anything may happen next, each thing through the station that does it for real."""

import random
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from muster.core.errors import CallerError, TeamOwnerError
from muster.gateway import registry
from muster.gateway.registration import Registration
from muster.intake import leases, quarantine
from muster.intake.leases import LeasedTask
from muster.intake.message import Content, IncomingMessage
from muster.intake.queue import enqueue
from muster.intake.requeue import StillQuarantinedError, requeue
from muster.ledger import pauses
from muster.ledger.errors import AgentPausedError, BudgetExhaustedError, NothingPausedError
from muster.ledger.events import (
    EventContext,
    ModelCallIntended,
    ModelCallSettled,
    Phase,
    RunStarted,
    ToolCallIntended,
    ToolCallSettled,
)
from muster.ledger.intents import BudgetLimit, Intent
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.ledger.recovery import abandon_lost_intents
from muster.teams import ending
from muster.teams.autonomy_changes import set_phase
from muster.teams.deploy import deploy_team
from muster.teams.ending import RunReport
from muster.teams.errors import PersonNeededError
from muster.teams.prompt_changes import activate_prompt, add_prompt, roll_back_prompt
from muster.teams.standard import Standard

TEAMS = Path(__file__).parents[3] / "data" / "teams"


@dataclass
class BusyCompany:
    """Does one random thing after another; several hands may work at once."""

    ledger: PostgresLedger
    chance: random.Random
    folder: Path
    """The team's files, which are edited and deployed again."""
    number: int = 0
    in_hand: list[tuple[LeasedTask, EventContext]] = field(default_factory=list)
    begun: list[Intent] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    """How often each thing was done."""

    @classmethod
    async def open(cls, ledger: PostgresLedger, chance: random.Random, folder: Path) -> "BusyCompany":
        """A company with one deployed team and nothing to do."""
        shutil.copytree(TEAMS / "support", folder)
        await deploy_team(ledger, folder, "person:test")
        return cls(ledger, chance, folder)

    async def work(self, steps: int) -> None:
        """Do `steps` things by chance."""
        things: list[tuple[Callable[[], Awaitable[None]], int]] = [
            (self.arrive, 6),
            (self.take, 8),
            (self.ask_model, 24),
            (self.use_tool, 6),
            (self.settle, 14),
            (self.give_up_on_a_run, 2),
            (self.finish, 3),
            (self.escalate, 2),
            (self.release, 2),
            (self.go_silent, 1),
            (self.deploy, 2),
            (self.keep_unreadable, 2),
            (self.send_on, 2),
            (self.register_tools, 2),
            (self.accept_tool, 1),
            (self.pause_somebody, 1),
            (self.drain_somebody, 1),
            (self.park, 3),
            (self.change_prompt, 2),
            (self.change_policy, 1),
            (self.change_phase, 1),
            (self.resume_somebody, 8),
        ]
        doings, weights = zip(*things, strict=True)
        for doing in self.chance.choices(doings, weights, k=steps):
            await doing()
            self.done[doing.__name__] = self.done.get(doing.__name__, 0) + 1

    async def arrive(self) -> None:
        """A message comes, sometimes one that came before."""
        self.number += 1
        which = self.chance.randint(1, self.number)
        message = IncomingMessage(
            source="shop",
            external_id=f"m{which}",
            channel="webhook",
            destinations=("shop",),
            priority=self.chance.choice(("high", "medium", "low")),
            title=f"message {which}",
            content=Content(text=f"Wo ist № {which}?", received_at=datetime(2026, 11, 21, tzinfo=UTC)),
        )
        await enqueue(self.ledger, message, team="support")

    async def take(self) -> None:
        """A worker takes a task and begins a run on it, or goes on with the one that was begun."""
        for task in await leases.lease(self.ledger, "support", "w1", limit=2, lease_seconds=600):
            where = EventContext(
                actor="service:runner",
                task_id=task.task_id,
                run_id=self.ledger.ids.new("run"),
                team="support",
                model_source="scripted",
            )
            started = RunStarted(entry_agent="desk", team_version=1, attempt=task.attempt)
            run_id = await leases.attach_run(self.ledger, task, started, where)
            self.in_hand.append((task, replace(where, run_id=run_id)))

    async def ask_model(self) -> None:
        """An agent asks a model, unless it is paused or a budget is out."""
        if not self.in_hand:
            return
        task, where = self.chance.choice(self.in_hand)
        agent = self.chance.choice(("desk", "clerk"))
        where = replace(where, agent=agent, actor=f"agent:support/{agent}")
        self.number += 1
        intended = ModelCallIntended(
            call_id=f"mcl_{self.number}",
            role="specialist",
            model="m",
            prompt_version=1,
            request_sha256="0",
            estimated_cost_usd="0.3",
        )
        budgets = [
            BudgetLimit("fleet", Decimal(1000), 10_000),
            BudgetLimit("team:support", Decimal(50)),
            BudgetLimit(f"agent:support/{agent}", Decimal(self.chance.randint(3, 5)), 40),
            BudgetLimit(f"task:{task.task_id}", Decimal(1), 5, period="task"),
        ]
        try:
            reserve = Decimal(self.chance.randint(1, 300_000)) / 1_000_000
            intent = await self.ledger.intend(intended, where, reserve_usd=reserve, budgets=budgets)
        except (BudgetExhaustedError, AgentPausedError) as error:
            self.done[type(error).__name__] = self.done.get(type(error).__name__, 0) + 1
        else:
            self.begun.append(intent)

    async def use_tool(self) -> None:
        """An agent calls a tool, sometimes under a call id it used before."""
        if not self.in_hand:
            return
        _, where = self.chance.choice(self.in_hand)
        intended = ToolCallIntended(
            call_id=f"tcl_{self.chance.randint(1, 5)}",
            tool="shop__get_order",
            effect="read",
            arguments={},
            arguments_sha256="0",
        )
        try:
            intent = await self.ledger.intend(intended, replace(where, agent="desk"), reserve_usd=Decimal(0))
        except AgentPausedError:
            return
        self.begun.append(intent)

    async def settle(self) -> None:
        """The outcome of something that was begun comes in, perhaps long after it was given up."""
        if not self.begun:
            return
        intent = self.begun.pop(self.chance.randrange(len(self.begun)))
        cost = Decimal(self.chance.randint(0, 250_000)) / 1_000_000
        outcome: ModelCallSettled | ToolCallSettled
        if intent.call_id.startswith("mcl"):
            outcome = ModelCallSettled(call_id=intent.call_id, model="m", status="ok", latency_ms=1)
        else:
            cost = Decimal(0)
            outcome = ToolCallSettled(
                call_id=intent.call_id, tool="shop__get_order", status="ok", latency_ms=1
            )
        await self.ledger.settle(intent, outcome, cost_usd=cost)

    async def give_up_on_a_run(self) -> None:
        """What a dead worker had begun is given up."""
        if self.begun:
            await abandon_lost_intents(self.ledger, run_id=self.chance.choice(self.begun).where.run_id)

    async def finish(self) -> None:
        """A task comes to its end."""
        if held := self._hand_over():
            task, where = held
            status: leases.EndStatus = self.chance.choice(("completed", "failed"))
            await leases.finish(self.ledger, task, status, "an end", where=where)

    async def escalate(self) -> None:
        """A task goes to a person."""
        if held := self._hand_over():
            task, where = replace(held[0]), replace(held[1], agent="desk")
            needed = PersonNeededError("low_confidence", "0.4 is under 0.8", confidence=0.4)
            report = RunReport(
                outcome="escalated",
                where=where,
                summary="unsure",
                confidence=0.4,
                standard=Standard(),
                person_needed=needed,
            )
            async with self.ledger.transaction() as transaction:
                await ending.record(self.ledger, transaction, report)
                await leases.finish_within(transaction, task, "escalated", "unsure", where=where)

    async def release(self) -> None:
        """A task goes back into the queue."""
        if held := self._hand_over():
            await leases.release(self.ledger, held[0], "the model server is away")

    async def go_silent(self) -> None:
        """A worker forgets a task, whose lease then runs out."""
        if held := self._hand_over():
            async with self.ledger.transaction() as transaction:
                await transaction.connection.execute(
                    "UPDATE state.tasks SET lease_until = now() - interval '1 s' WHERE task_id = %s",
                    (held[0].task_id,),
                )

    async def deploy(self) -> None:
        """The team is deployed, perhaps with another prompt or another manifest."""
        self.number += 1
        if self.chance.random() < 0.5:
            prompt = self.chance.choice(sorted((self.folder / "prompts").glob("*.md")))
            prompt.write_text(f"{prompt.read_text()}\nRemember {self.number}.\n")
        if self.chance.random() < 0.5:
            manifest = self.folder / "team.yaml"
            manifest.write_text(manifest.read_text().replace("title: ", f"title: {self.number} ", 1))
        await deploy_team(self.ledger, self.folder, "person:test")

    async def keep_unreadable(self) -> None:
        """A file that cannot be read is kept."""
        raw = b"\xff\xfe broken %d" % self.chance.randint(1, 20)
        kept = await quarantine.keep(
            self.ledger, channel="folder", source="folder:post", name="x.pdf", reason="not a PDF", raw=raw
        )
        if not kept.duplicate:
            self.kept.append(kept.quarantine_id)

    async def send_on(self) -> None:
        """A person sends a kept file through intake again, which may fail again."""
        if not self.kept:
            return
        as_text = self.chance.random() < 0.5
        which = self.kept.pop()
        try:
            await requeue(self.ledger, which, actor="person:jo", team="support", as_text=as_text)
        except StillQuarantinedError:
            self.kept.append(which)

    async def pause_somebody(self) -> None:
        """A person stops an agent or the whole team."""
        who = self.chance.choice(("support/desk", "support/clerk", "support", "fleet"))
        until = self.chance.choice((None, self.ledger.clock.now()))
        await pauses.pause(self.ledger, who, "a person looks into it", "person:jo", until)

    async def drain_somebody(self) -> None:
        """A person lets an agent, the team or everybody run dry."""
        who = self.chance.choice(("support/order_tracker", "support", "fleet"))
        await pauses.drain(self.ledger, who, "the week is over", "person:jo")

    async def park(self) -> None:
        """A task's run meets a halt and waits it out, or finds it over."""
        if held := self._hand_over():
            task, where = held
            who = self.chance.choice(("support/desk", "support", "fleet"))
            await leases.park(self.ledger, task, who, "it is halted", where)

    async def change_prompt(self) -> None:
        """A person writes a prompt, puts an older one in force, or goes back."""
        self.number += 1
        who, kind = "support/order_tracker", self.chance.choice(("", "refund"))
        with suppress(TeamOwnerError, CallerError):  # no such version, nothing to go back to
            match self.chance.randint(1, 3):
                case 1:
                    text = f"# Role: Order tracker\nRemember {self.number}.\n"
                    await add_prompt(self.ledger, who, text, "person:jo", transaction_type=kind)
                case 2:
                    version = self.chance.randint(1, 3)
                    await activate_prompt(
                        self.ledger, who, version, "it was better", "person:jo", transaction_type=kind
                    )
                case _:
                    await roll_back_prompt(self.ledger, who, "worse", "person:jo", transaction_type=kind)

    async def change_policy(self) -> None:
        """Somebody saves the standard, perhaps as it was before."""
        await PolicyRegister(self.ledger).label("standard", f"version {self.chance.randint(1, 3)}")

    async def change_phase(self) -> None:
        """A person decides how much an agent may do alone."""
        phase: Phase = self.chance.choice(("co-pilot", "edge", "core"))
        who = "support/order_tracker"
        await set_phase(self.ledger, who, phase, "co-pilot", reason="seen enough", actor="person:jo")

    async def resume_somebody(self) -> None:
        """A person lets somebody act again whom a person or a budget had stopped."""
        paused = [one for one in await pauses.standings(self.ledger) if one.status != "active"]
        if paused:
            with suppress(NothingPausedError):  # another hand was faster
                await pauses.resume(self.ledger, self.chance.choice(paused).who, "go on", "person:jo")

    async def register_tools(self) -> None:
        """A system is asked for its tools, some of which have changed."""
        definitions: list[dict[str, Any]] = [
            {
                "name": name,
                "description": f"version {self.chance.randint(1, 2)}",
                "inputSchema": {"type": "object", "properties": {"rate": {"type": "number", "default": 0.1}}},
            }
            for name in ("get_order", "refund", "close")
        ]
        await registry.register(self.ledger, "shop", definitions, Registration(), actor="person:test")

    async def accept_tool(self) -> None:
        """A person agrees to a tool as it is now."""
        if await self.ledger.fetch("SELECT 1 FROM state.tool_registry"):
            tool = self.chance.choice(("get_order", "refund", "close"))
            await registry.accept(self.ledger, "shop", tool, actor="person:jo", effect="write")

    def _hand_over(self) -> tuple[LeasedTask, EventContext] | None:
        if not self.in_hand:
            return None
        return self.in_hand.pop(self.chance.randrange(len(self.in_hand)))
