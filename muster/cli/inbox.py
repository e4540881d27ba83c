"""`muster inbox`: everything that waits for a person, and their word on it."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.actor import person
from muster.cli.attention import Minutes, seconds
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.people.approvals import Decided, HeldCall, Word
    from muster.people.inbox import InboxItem

app = typer.Typer(no_args_is_help=True, help="Everything that waits for a person, and their word on it.")

ItemId = Annotated[
    str, typer.Argument(help="The approval's id, apr_…; `show` takes an escalation's as well.")
]
Note = Annotated[str | None, typer.Option("--note", help="For the agent, and for whoever reads it later.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_ESCALATION = "esc_"


@app.command("list")
def list_items(
    team: Annotated[str | None, typer.Option("--team", help="Of this team only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Calls that wait for a yes or no and tasks the agents gave up, what is due first at the top."""
    from muster.core.settings import load_settings
    from muster.people.inbox import inbox
    from muster.teams.standard_file import StandardFile
    from muster.wiring import open_ledger

    settings = load_settings()
    within = StandardFile.of(settings).current().answer_within
    hours = {priority: within.hours(priority) for priority in ("high", "medium", "low")}

    async def run() -> "list[InboxItem]":
        async with open_ledger(settings, pool_size=1) as ledger:
            return await inbox(ledger, hours, team)

    found, now = asyncio.run(run()), datetime.now(UTC)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        amount = "" if one.amount is None else f", {one.amount.normalize():f} {one.currency or ''}".rstrip()
        typer.echo(f"{one.item_id}  {one.team}/{one.agent}{amount}, {_clock(one.overdue_seconds(now))}")
        typer.echo(f"    {one.title}: {one.what}")
    if not found:
        typer.echo("nothing waits for a person")


@app.command()
def show(item_id: ItemId, as_json: AsJson = False) -> None:
    """Everything a person needs to decide: what would happen, where it comes from, what was done so far."""
    from muster.cli import escalation
    from muster.core.settings import load_settings
    from muster.ledger.reader import LedgerReader
    from muster.people.approvals import approval
    from muster.reports.trace import event_line
    from muster.wiring import database_url, open_ledger

    if item_id.startswith(_ESCALATION):
        escalation.show(item_id, as_json)
        return
    settings = load_settings()

    async def run() -> "HeldCall":
        async with open_ledger(settings, pool_size=1) as ledger:
            return await approval(ledger, item_id)

    held = asyncio.run(run())
    events = []
    if held.task_id is not None:
        events = LedgerReader.of(settings, database_url(settings)).task_events(held.task_id)
    done = [event_line(event) for event in events if event["kind"] in _TOLD]
    if as_json:
        print_json({**asdict(held), "done_so_far": done})
        return
    typer.echo("\n".join(_told(held, done)))


@app.command()
def approve(item_id: ItemId, note: Note = None, minutes: Minutes = None, as_json: AsJson = False) -> None:
    """Say yes to a call that waits; it is made once, with these arguments and no others."""
    _decide(item_id, "approve", note, minutes, as_json)


@app.command()
def reject(item_id: ItemId, note: Note = None, minutes: Minutes = None, as_json: AsJson = False) -> None:
    """Say no to a call that waits; the agent is told, with your note, and goes on without it."""
    _decide(item_id, "reject", note, minutes, as_json)


def _decide(item_id: str, word: "Word", note: str | None, minutes: float | None, as_json: bool) -> None:
    from muster.core.settings import load_settings
    from muster.people.approvals import UnknownApprovalError, decide
    from muster.wiring import open_ledger

    if item_id.startswith(_ESCALATION):
        raise UnknownApprovalError(
            f"{item_id} is an escalation: the agents have stopped, and there is no call to {word}",
            do=f"see what is to be decided: muster inbox show {item_id}; say what you did: "
            f"muster escalation answer {item_id} --text …",
        )

    async def run() -> "Decided":
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await decide(
                ledger, item_id, word, person(), note=note, attention_seconds=seconds(minutes)
            )

    decided = asyncio.run(run())
    if as_json:
        print_json({**asdict(decided), "decided_by": person()})
        return
    goes_on = "; the task that waited for it is queued" if decided.woken else ""
    typer.echo(f"{item_id} is {decided.status}{goes_on}")


_TOLD = frozenset(
    {"tool_call.settled", "tool_call.refused", "fact.recorded", "handoff.made", "delegation.answered"}
)
"""What a person wants to know of a run when they decide about one of its calls."""

_MOST_TEXT = 2_000


def _told(held: "HeldCall", done: list[str]) -> list[str]:
    lines = [
        f"{held.approval_id}: {held.title or held.tool}",
        f"  {held.team}/{held.agent} wants to call {held.tool}; {_state(held)}",
    ]
    if held.amount is not None:
        lines.append(f"Amount: {held.amount.normalize():f} {held.currency or ''}".rstrip())
    lines.append("Arguments:")
    for name, value in held.arguments.items():
        origin = f"   (from: {held.origins[name]})" if name in held.origins else ""
        lines.append(f"  - {name} = {value}{origin}")
    lines += ["Held because:", *(f"  - {reason}" for reason in held.reasons)]
    content = held.content or {}
    for name in ("sender", "subject"):
        if content.get(name):
            lines.append(f"{name.capitalize()}: {content[name]}")
    if content.get("text"):
        text = str(content["text"])
        lines += ["Task text:", *(f"  | {line}" for line in text[:_MOST_TEXT].splitlines())]
        if len(text) > _MOST_TEXT:
            lines.append(f"  | … {len(text) - _MOST_TEXT} characters more")
    if done:
        lines += ["Done so far:", *(f"  - {line}" for line in done)]
    if held.status == "open":
        lines += [
            f"Decide: muster inbox approve {held.approval_id}",
            f"    or: muster inbox reject {held.approval_id} --note …",
        ]
    if held.task_id is not None:
        lines.append(f"All of it: muster trace {held.task_id}")
    return lines


def _state(held: "HeldCall") -> str:
    if held.status != "open":
        by = f" by {held.decided_by.removeprefix('person:')}" if held.decided_by else ""
        at = f" at {held.decided_at:%Y-%m-%d %H:%M} UTC" if held.decided_at else ""
        note = f": {held.note}" if held.note else ""
        return f"{held.status}{by}{at}{note}"
    if held.expires_at is None:
        return "open"
    left = (held.expires_at - datetime.now(UTC)).total_seconds()
    return f"open until {held.expires_at:%Y-%m-%d %H:%M} UTC ({_clock(-left)})"


def _clock(overdue_seconds: float) -> str:
    hours, minutes = divmod(int(abs(overdue_seconds)) // 60, 60)
    return f"{hours} h {minutes:02} min {'OVERDUE' if overdue_seconds > 0 else 'left'}"
