"""`muster escalation`: what waits for a person, and what they are given to decide it."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.actor import person
from muster.cli.attention import Minutes, seconds
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.ledger.events import EscalationAnswered
    from muster.people.waiting import Escalation

app = typer.Typer(no_args_is_help=True, help="What waits for a person, and what they are given.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_open(
    team: Annotated[str | None, typer.Option("--team", help="Of this team only.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those past their time.")] = False,
    as_json: AsJson = False,
) -> None:
    """Escalations nobody answered yet, the most pressing first."""
    from rich.console import Console
    from rich.table import Table

    from muster.core.settings import load_settings
    from muster.people.waiting import open_escalations
    from muster.wiring import open_ledger

    async def run() -> "list[Escalation]":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await open_escalations(ledger, team)

    now = datetime.now(UTC)
    found = [one for one in asyncio.run(run()) if not overdue or one.overdue_seconds(now) > 0]
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = Table("Escalation", "Team", "Reason", "Task", "Answer within", box=None)
    for one in found:
        table.add_row(one.escalation_id, one.team, one.reason.replace("_", " "), one.title, _clock(one, now))
    Console().print(table if found else "nothing waits for a person")


@app.command()
def show(
    escalation_id: Annotated[str, typer.Argument(help="The escalation's id, esc_….")], as_json: AsJson = False
) -> None:
    """Everything a person needs to decide one escalation, with the events that prove it."""
    from muster.core.settings import load_settings
    from muster.ledger.reader import LedgerReader
    from muster.people.waiting import escalation
    from muster.reports.trace import event_line
    from muster.wiring import database_url, open_ledger

    settings = load_settings()

    async def run() -> "Escalation":
        async with open_ledger(settings, pool_size=1) as ledger:
            return await escalation(ledger, escalation_id)

    one = asyncio.run(run())
    if as_json:
        print_json(asdict(one))
        return
    events = LedgerReader.of(settings, database_url(settings)).task_events(one.task_id)
    told = {event["event_id"]: event_line(event) for event in events}
    package = one.package
    lines = [
        f"{one.escalation_id}: {one.title}",
        f"  {one.team}/{one.agent}, {one.reason.replace('_', ' ')}: {package['detail']}",
        f"  answer within: {_clock(one, datetime.now(UTC))} (due {one.sla_due_at:%Y-%m-%d %H:%M} UTC)",
        f"Decide: {package.get('decide') or 'what is to be done'}",
        *(f"  - {option}" for option in package.get("options", ())),
        f"Summary: {package['summary']}",
    ]
    if package.get("proposed_action"):
        lines.append(f"Proposed: {package['proposed_action']}")
    if package.get("confidence") is not None:
        lines.append(f"Confidence: {package['confidence']:.2f}")
    lines += _section("Tried", package.get("tried", ()))
    lines += _section(
        "Facts",
        [f"{fact['key']} = {fact['value']} (from {fact['source']})" for fact in package.get("facts", ())],
    )
    lines += _section(
        "Evidence",
        [f"{event_id}  {told.get(event_id, 'see the export')}" for event_id in package["evidence"]],
    )
    if one.status == "open":
        lines.append(
            f"Done with it: muster escalation answer {one.escalation_id} --text … --minutes … --rating …"
        )
    lines.append(f"All of it: muster trace {one.task_id}")
    typer.echo("\n".join(lines))


@app.command()
def answer(
    escalation_id: Annotated[str, typer.Argument(help="The escalation's id, esc_….")],
    text: Annotated[str, typer.Option("--text", help="What you decided or did.")],
    dismiss: Annotated[bool, typer.Option("--dismiss", help="It was not needed.")] = False,
    minutes: Minutes = None,
    rating: Annotated[
        int | None,
        typer.Option(min=1, max=5, help="How far what you were given was enough to decide: 1 to 5."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record what you did about an escalation, how long it took you, and how well you were informed."""
    from muster.core.settings import load_settings
    from muster.people.escalations import answer_escalation
    from muster.wiring import open_ledger

    async def run() -> "EscalationAnswered":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await answer_escalation(
                ledger,
                escalation_id,
                "dismissed" if dismiss else "resolved",
                text,
                person(),
                attention_seconds=seconds(minutes),
                context_rating=rating,
            )

    answered = asyncio.run(run())
    if as_json:
        print_json({**answered.model_dump(mode="json"), "answered_by": person()})
        return
    typer.echo(f"{escalation_id} is {answered.outcome}")


def _section(title: str, entries: "list[str] | tuple[str, ...]") -> list[str]:
    return [f"{title}:", *(f"  - {entry}" for entry in entries)] if entries else []


def _clock(one: "Escalation", now: datetime) -> str:
    seconds = one.overdue_seconds(now)
    hours, minutes = divmod(int(abs(seconds)) // 60, 60)
    return f"{hours} h {minutes:02} min {'OVERDUE' if seconds > 0 else 'left'}"
