"""`muster trace`: one task from arrival to end."""

from typing import Annotated

import typer

from muster.cli.output import print_json
from muster.core.errors import CallerError

app = typer.Typer(help="One task from arrival to end.")


class UnknownTaskError(CallerError):
    """The ledger has no event of that task."""


@app.command()
def trace(
    task_id: Annotated[str, typer.Argument(help="The task's id, tsk_….")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the events as JSON.")] = False,
) -> None:
    """Print a task as a tree of its steps, with times and costs."""
    from rich.console import Console

    from muster.core.settings import load_settings
    from muster.ledger.reader import LedgerReader
    from muster.reports.trace import trace_tree
    from muster.wiring import database_url

    settings = load_settings()
    events = LedgerReader.of(settings, database_url(settings)).task_events(task_id)
    if not events:
        raise UnknownTaskError(
            f"the ledger knows no task {task_id}", do="list tasks with: muster intake status"
        )
    if as_json:
        print_json(events)
    else:
        Console(highlight=False).print(trace_tree(events))
