"""A small company's day written to a real ledger, for pages and notebooks to read."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from muster.ledger.events import (
    AnyEvent,
    EscalationRaised,
    EventContext,
    HandoffMade,
    ModelCallIntended,
    ModelCallSettled,
    OutcomeScored,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskParked,
    TaskQueued,
    TaskWoken,
    ToolCallIntended,
    ToolCallRefused,
    ToolCallSettled,
)
from muster.ledger.postgres import PostgresLedger

TEAMS = {"support": (0.87, "refund_specialist"), "finance": (0.70, "payment_clerk")}
TEAMS |= {"leads": (0.93, "lead_qualifier"), "vendors": (0.80, "vendor_keeper")}
TITLES = {
    "support": ["Where is my order BL-10432?", "Refund for the linen set", "Mein Paket ist nicht angekommen"],
    "finance": ["Invoice 2026-1187 of Nordweave", "Bank statement 20 November", "Reminder: invoice 88-4"],
    "leads": ["Hotel group asks for 400 curtains", "Sample request", "Wholesale prices for Spain"],
    "vendors": ["Renewal of the packaging contract", "New price list from Nordweave"],
}
REASONS = ("low_confidence", "customer_asked", "policy_denied", "needs_approval", "agent_asked")
Moment = tuple[float, AnyEvent, EventContext, Decimal | None]


async def work_done(
    url: str, *, tasks: int = 120, until: datetime | None = None, source: str = "rehearsal", seed: int = 7
) -> list[str]:
    """Append a believable day of `tasks` tasks ending at `until` (now), and give their ids."""
    end = until or datetime.now(UTC)
    ids = [f"tsk_{seed:02d}{number:05d}" for number in range(tasks)]
    began = end - timedelta(minutes=100)
    starts = [began + timedelta(minutes=95) * number / max(tasks, 1) for number in range(tasks)]
    await _work(url, zip(ids, starts, strict=True), source, Random(seed))
    return ids


async def weeks_done(
    url: str, *, days: int = 56, tasks_a_day: int = 24, until: datetime | None = None, seed: int = 11
) -> list[str]:
    """Append `days` days of rehearsed work up to `until` (now): weekends are quiet, one day was very busy."""
    end, chance = until or datetime.now(UTC), Random(seed)
    busy = next(back for back in range(8, 12) if (end - timedelta(days=back)).weekday() < 5)
    starts: list[datetime] = []
    for back in reversed(range(days)):
        noon = (end - timedelta(days=back)).replace(hour=12, minute=0)
        load = tasks_a_day * (0.4 if noon.weekday() >= 5 else 1) * (4 if back == busy else 1)
        day = [noon + timedelta(hours=chance.uniform(-4, 5)) for _ in range(round(load))]
        starts += sorted(start for start in day if start < end - timedelta(minutes=5))
    ids = [f"tsk_{seed:02d}{number:05d}" for number in range(len(starts))]
    await _work(url, zip(ids, starts, strict=True), "rehearsal", chance)
    return ids


async def waited_for_a_person(url: str, *, at: datetime | None = None, minutes: float = 1) -> str:
    """Append one task of support that stood in the queue, waited for a person's word, and was completed."""
    task_id, chance = "tsk_asked", Random(3)
    where = EventContext(
        actor="agent:support/refund_specialist",
        task_id=task_id,
        run_id="run_asked",
        team="support",
        agent="refund_specialist",
        model_source="rehearsal",
    )
    arrival = EventContext(actor="service:intake", task_id=task_id, team="support")
    back = 21 + 60 * minutes
    asked = TaskParked(worker="w1", attempt=1, waiting_for="apr_1", reason="a refund of 1,200 EUR")
    moments: list[Moment] = [
        (0, _queued(task_id, "support", "Refund for the linen set"), arrival, None),
        (12, RunStarted(entry_agent="refund_specialist", team_version=1, attempt=1), where, None),
        *_thinking("mcl_asked1", 12, where, chance),
        (20, asked, where, None),
        (back, TaskWoken(waited_for="apr_1", reason="approved"), where, None),
        *_thinking("mcl_asked2", back, where, chance),
    ]
    end = moments[-1][0]
    ended = RunEnded(
        outcome="completed", summary="Refunded", confidence=0.9, model_calls=2, tool_calls=0, duration_ms=9000
    )
    moments += [
        (end, ended, where, None),
        (end, TaskEnded(status="completed", summary="Refunded"), arrival, None),
    ]
    start = (at or datetime.now(UTC)) - timedelta(seconds=end)
    await _append(
        url, ((start + timedelta(seconds=late), event, by, cost) for late, event, by, cost in moments)
    )
    return task_id


async def never_begun(url: str, tasks: int, *, at: datetime) -> None:
    """Append tasks of support that came at `at` and that nobody ever began."""
    where = [
        EventContext(actor="service:intake", task_id=f"tsk_left{n}", team="support") for n in range(tasks)
    ]
    arrived = [(at, _queued(f"tsk_left{n}", "support", "Anybody?"), by, None) for n, by in enumerate(where)]
    await _append(url, arrived)


async def _work(url: str, tasks: Iterable[tuple[str, datetime]], source: str, chance: Random) -> None:
    """Append the tasks, each from its start on."""
    await _append(
        url,
        (
            (start + timedelta(seconds=late), event, where, cost)
            for task_id, start in tasks
            for late, event, where, cost in _task(task_id, source, chance)
        ),
    )


async def _append(
    url: str, moments: Iterable[tuple[datetime, AnyEvent, EventContext, Decimal | None]]
) -> None:
    ledger = await PostgresLedger.open(url, pool_size=1)
    try:
        async with ledger.transaction() as transaction, transaction.connection.pipeline():
            for at, event, where, cost in moments:
                transaction.now = at
                await transaction.append(event, where, cost_usd=cost)
    finally:
        await ledger.close()


def _queued(task_id: str, team: str, title: str) -> TaskQueued:
    return TaskQueued(
        source=f"mail:{team}",
        external_id=task_id,
        channel="mail",
        priority="medium",
        title=title,
        content_sha256="0" * 64,
    )


def _task(task_id: str, source: str, chance: Random) -> Iterator[Moment]:
    team = chance.choices(list(TEAMS), weights=[5, 3, 2, 2])[0]
    rate, specialist = TEAMS[team]
    desk = f"{team.rstrip('s')}_desk"
    status = "completed" if chance.random() < rate else "escalated"
    arrival = EventContext(actor="service:intake", task_id=task_id, team=team)

    def at(agent: str) -> EventContext:
        run = f"run_{task_id[4:]}"
        actor = f"agent:{team}/{agent}"
        return EventContext(
            actor=actor, task_id=task_id, run_id=run, team=team, agent=agent, model_source=source
        )

    title = chance.choice(TITLES[team])
    queued = _queued(task_id, team, title)
    yield 0, queued, arrival, None
    now = chance.expovariate(0.4)
    started = now
    yield now, RunStarted(entry_agent=desk, team_version=1, attempt=1), at(desk), None
    for moment in _thinking(f"mcl_{task_id[4:]}a", now, at(desk), chance):
        yield moment
        now = moment[0]
    handoff = HandoffMade(from_agent=desk, to_agent=specialist, ask="Settle this", decisions=(), facts=())
    yield now, handoff, at(desk), None
    for moment in _acting(f"tcl_{task_id[4:]}", now, at(specialist), chance):
        yield moment
        now = moment[0]
    for moment in _thinking(f"mcl_{task_id[4:]}b", now, at(specialist), chance):
        yield moment
        now = moment[0]
    if status == "escalated":
        raised = EscalationRaised(
            escalation_id=f"esc_{task_id[4:]}",
            reason=chance.choice(REASONS),
            detail="seen in the conversation",
            summary="A person must decide",
            sla_due_at=datetime(2030, 1, 1, tzinfo=UTC),
        )
        yield now, raised, at(specialist), None
    ended = RunEnded(
        outcome=status,
        summary="Done" if status == "completed" else "Handed to a person",
        confidence=0.91,
        model_calls=2,
        tool_calls=1,
        duration_ms=round((now - started) * 1000),
    )
    yield now, ended, at(specialist), None
    yield now, TaskEnded(status=status, summary=ended.summary), arrival, None
    right = chance.random() < 0.95
    scored = OutcomeScored(
        scorer="demo",
        correct=right,
        expected=status,
        actual=status,
        mistakes=() if right else ("refund twice",),
    )
    yield now, scored, arrival, None


def _thinking(call_id: str, now: float, where: EventContext, chance: Random) -> Iterator[Moment]:
    model = "claude-sonnet-5-5"
    intended = ModelCallIntended(
        call_id=call_id,
        role="specialist",
        model=model,
        prompt_version=1,
        request_sha256="0" * 64,
        estimated_cost_usd="0.020000",
    )
    yield now, intended, where, None
    took = chance.lognormvariate(0.3, 0.5)
    settled = ModelCallSettled(
        call_id=call_id,
        role="specialist",
        model=model,
        status="ok",
        stop_reason="tool_use",
        input_tokens=chance.randint(700, 2200),
        output_tokens=chance.randint(60, 260),
        cache_read_input_tokens=900,
        latency_ms=round(took * 1000),
    )
    cost = Decimal(settled.input_tokens * 2 + settled.output_tokens * 10) / 1_000_000
    yield now + took, settled, where, cost


def _acting(call_id: str, now: float, where: EventContext, chance: Random) -> Iterator[Moment]:
    if chance.random() < 0.1:
        refused = ToolCallRefused(
            call_id=call_id,
            tool="shop__issue_refund",
            verdict="deny",
            rule="money_band",
            reason="over the limit",
            arguments={"amount": 1200},
        )
        yield now, refused, where, None
        return
    intended = ToolCallIntended(
        call_id=call_id,
        tool="shop__get_order",
        effect="read",
        arguments={"order_number": "BL-10432"},
        arguments_sha256="0" * 64,
    )
    yield now, intended, where, None
    took = chance.uniform(0.01, 0.2)
    settled = ToolCallSettled(
        call_id=call_id, tool="shop__get_order", status="ok", result="{}", latency_ms=round(took * 1000)
    )
    yield now + took, settled, where, Decimal(0)
