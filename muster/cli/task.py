"""`muster task`: what became of tasks, and whether their results held."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.ledger.postgres import PostgresLedger

app = typer.Typer(no_args_is_help=True, help="What became of tasks, and whether their results held.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TaskId = Annotated[str, typer.Argument(metavar="TASK", help="The task's id, tsk_….")]
Answer = TypeVar("Answer")


@app.command("list")
def list_results(
    team: Annotated[str | None, typer.Option("--team", help="Of this team only.")] = None,
    completion: Annotated[
        Literal["assumed", "confirmed", "reopened"] | None,
        typer.Option("--completion", help="Completed tasks that stand so only."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Ended tasks, the newest first, and what is said of their results."""
    from rich.console import Console
    from rich.table import Table

    from muster.people.results import results

    found = _with_ledger(lambda ledger: results(ledger, team=team, completion=completion, limit=limit))
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = Table("Task", "Team", "Ended", "Result", "Title", box=None)
    for one in found:
        standing = one.completion or one.status
        table.add_row(one.task_id, one.team, f"{one.ended_at:%Y-%m-%d %H:%M}", standing, one.title)
    Console().print(table if found else "no task has ended so")


@app.command()
def confirm(
    task_id: TaskId,
    by: Annotated[str | None, typer.Option("--by", help="Whose word it is; yours when not given.")] = None,
    note: Annotated[str | None, typer.Option("--note", help="In their words.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record that the result of a completed task held."""
    from muster.people.results import confirm as record

    said = _with_ledger(lambda ledger: record(ledger, task_id, person(), said_by=by, note=note))
    if as_json:
        print_json(asdict(said))
        return
    typer.echo(f"{task_id} is confirmed")


@app.command()
def reopen(
    task_id: TaskId,
    reason: Annotated[str, typer.Option("--reason", help="What was not done.")],
    known_by: Annotated[
        Literal["customer", "person", "follow_up"],
        typer.Option("--known-by", help="A customer said so, a person found out, or a later task showed it."),
    ] = "person",
    follow_up: Annotated[
        str | None, typer.Option("--follow-up", metavar="TASK", help="The later task, tsk_….")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record that a completed task was not done after all; its state in the queue stays as it is."""
    from muster.people.results import reopen as record

    said = _with_ledger(
        lambda ledger: record(
            ledger, task_id, person(), reason=reason, known_by=known_by, follow_up=follow_up
        )
    )
    if as_json:
        print_json(asdict(said))
        return
    typer.echo(f"{task_id} is reopened; it no longer counts as durably completed")


def _with_ledger(work: "Callable[[PostgresLedger], Awaitable[Answer]]") -> Answer:
    from muster.core.settings import load_settings
    from muster.wiring import open_ledger

    async def run() -> Answer:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await work(ledger)

    return asyncio.run(run())
