"""`muster roi`: what a team returns, when it is paid back, and what that hangs on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.output import print_json
from muster.core.errors import CallerError

if TYPE_CHECKING:
    import polars as pl

    from muster.core.settings import Settings

app = typer.Typer(help="Return and payback of a team, as distributions.")


class RoiRequestError(CallerError):
    """What is asked for does not go together."""


@app.command()
def roi(
    team: Annotated[str, typer.Argument(help="One team; all that have a file of assumptions.")] = "",
    assumptions: Annotated[
        Path | None, typer.Option(help="Another file of assumptions; its `team` says whose.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, max=100_000, help="How often to draw.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same.")] = 1,
    without_ledger: Annotated[bool, typer.Option(help="Calculate with the assumptions alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw the return of each team; real and rehearsal work apart."""
    if team and assumptions is not None:
        raise RoiRequestError(
            "a team and a file of assumptions are given",
            where="--assumptions",
            do="give one of them; the file names its team",
        )
    from rich.console import Console

    from muster.analysis.roi.returns import returns
    from muster.core.settings import load_settings
    from muster.reports.assumptions.load import team_file
    from muster.reports.roi import Cases, all_cases, team_cases
    from muster.reports.roi_table import WIDTH, print_returns
    from muster.reports.roi_words import plain_return, plain_yardsticks

    settings = load_settings()
    folder = settings.assumptions_dir
    path = team_file(folder, team) if team else assumptions
    tasks = None if without_ledger else _tasks(settings)
    asked = (
        all_cases(tasks, folder)
        if path is None
        else Cases(tuple(team_cases(tasks, folder, path, team=team or None)), (), ())
    )
    found = [returns(case, draws=draws, seed=seed) for case in asked.cases]
    if as_json:
        refused = [
            {"team": error.fields["team"], "why": str(error), "do": error.do} for error in asked.refused
        ]
        print_json(
            {
                "returns": [plain_return(ret) for ret in found],
                "refused": refused,
                "without_file": list(asked.without_file),
                "yardsticks": plain_yardsticks(),
            }
        )
        return
    console = Console(highlight=False)
    print_returns(console if console.width >= WIDTH else Console(highlight=False, width=WIDTH), found)
    for error in asked.refused:
        typer.echo(f"{error}\n  do: {error.do}")
    for name in asked.without_file:
        typer.echo(f"{name}: nobody assumes anything about it\n  do: write {team_file(folder, name)}")


def _tasks(settings: "Settings") -> "pl.LazyFrame":
    from muster.reports.frame_store import FrameStore
    from muster.services.database import database_url

    return FrameStore.of(settings, database_url(settings)).frames().tasks.lazy()
