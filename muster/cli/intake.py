"""`muster intake`: what came in, what waits, and what could not be read."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.intake.collecting import Collected
    from muster.intake.status import Standing
    from muster.ledger.postgres import PostgresLedger

app = typer.Typer(help="What came in, what waits, and what could not be read.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Result = TypeVar("Result")


@app.command()
def quarantine(as_json: AsJson = False) -> None:
    """List the messages that could not become tasks, with the reason."""
    from muster.intake.quarantine import waiting

    messages = _with_ledger(waiting)
    if as_json:
        print_json(messages)
        return
    for kept in messages:
        typer.echo(f"{kept.quarantine_id}  {kept.created_at:%Y-%m-%d %H:%M}  {kept.source}  {kept.name}")
        typer.echo(f"    {kept.reason} ({kept.size_bytes} bytes)")
    if messages:
        typer.echo(f"{len(messages)} waiting; send one on with `muster intake requeue ID`")
    else:
        typer.echo("quarantine is empty")


@app.command()
def requeue(
    quarantine_id: Annotated[str, typer.Argument(metavar="ID", help="From `muster intake quarantine`.")],
    team: Annotated[str | None, typer.Option(help="Give it to this team, whatever the routes say.")] = None,
    as_text: Annotated[bool, typer.Option("--as-text", help="Take its bytes as plain text.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send one quarantined message through intake again."""
    from muster.intake.requeue import requeue as send_on

    actor = person()
    enqueued = _with_ledger(
        lambda ledger: send_on(ledger, quarantine_id, actor=actor, team=team, as_text=as_text)
    )
    if as_json:
        print_json(enqueued)
        return
    known = " (it was known: nothing new was queued)" if enqueued.duplicate else ""
    typer.echo(f"{enqueued.task_id} is in the queue of {enqueued.team}{known}")


@app.command()
def collect(as_json: AsJson = False) -> None:
    """Collect new mail and dropped files once."""
    from muster.core.settings import load_settings
    from muster.intake import folder, maildir

    settings = load_settings()

    async def everything(ledger: "PostgresLedger") -> "dict[str, Collected]":
        return {
            "mail": await maildir.collect(ledger, settings.maildir),
            "folder": await folder.collect(ledger, settings.drop_dir),
        }

    collected = _with_ledger(everything)
    if as_json:
        print_json(collected)
        return
    for channel, counts in collected.items():
        said = ", ".join(f"{number} {what}" for what, number in asdict(counts).items())
        typer.echo(f"{channel}: {said}")


@app.command()
def status(
    recent: Annotated[int, typer.Option(help="How many of the newest tasks to list.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show what waits at the doors, in the queues and in quarantine, and the newest tasks."""
    from muster.core.settings import load_settings
    from muster.intake.status import standing

    settings = load_settings()
    now = _with_ledger(lambda ledger: standing(ledger, settings.maildir, settings.drop_dir, recent=recent))
    if as_json:
        print_json(now)
    else:
        _show(now)


def _show(now: "Standing") -> None:
    typer.echo(f"not collected yet: {now.mails} mails, {now.files} files; in quarantine: {now.quarantined}")
    for count in now.queues:
        oldest = f"{count.oldest_at:%Y-%m-%d %H:%M}"
        typer.echo(f"{count.team:<12} {count.tasks:>5} {count.status}, the oldest from {oldest}")
    for task in now.recent:
        typer.echo(f"{task.task_id}  {task.team:<12} {task.status:<10} {task.title}")


def _with_ledger(work: "Callable[[PostgresLedger], Awaitable[Result]]") -> Result:
    """What `work` gives on the installation's ledger.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    from muster.core.settings import load_settings
    from muster.ledger.postgres import PostgresLedger
    from muster.services.database import database_url

    async def run() -> Result:
        ledger = await PostgresLedger.open(database_url(load_settings()), pool_size=1, patience_seconds=3)
        try:
            return await work(ledger)
        finally:
            await ledger.close()

    return asyncio.run(run())
