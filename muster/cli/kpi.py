"""`muster kpi`: completion, escalation, time and cost, by team."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from muster.cli.output import print_json
from muster.core.errors import CallerError
from muster.core.moments import moment

app = typer.Typer(help="Completion, escalation, time and cost, by team.")


class KpiRequestError(CallerError):
    """The record has nothing of what is asked about."""


@app.command()
def kpi(
    team: Annotated[str | None, typer.Option(help="One team; all.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Tasks that ended since: 24h, 7d, 2w, a date or an RFC 3339 time; all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the KPIs, the escalations with their reasons, and the cost; real and rehearsal work apart."""
    now = datetime.now(UTC)
    start = None if since is None else moment(since, now)

    from rich.console import Console

    from muster.analysis.period import Period
    from muster.analysis.picture import pictures
    from muster.core.settings import load_settings
    from muster.reports.assumptions.people import load_human_cost
    from muster.reports.frame_store import FrameStore
    from muster.reports.kpi_table import WIDTH, print_numbers
    from muster.reports.plain import plain
    from muster.services.database import database_url

    settings = load_settings()
    frames = FrameStore.of(settings, database_url(settings)).frames()
    teams = sorted(frames.tasks["team"].unique())
    if team is not None and team not in teams:
        raise KpiRequestError(
            f"the record knows no team {team!r}",
            where="--team",
            do=f"name one of: {', '.join(teams) or 'none yet'}",
        )
    drawn = pictures(
        frames,
        human=load_human_cost(settings.assumptions_dir),
        now=now,
        period=Period(since=start),
        team=team,
    )
    if as_json:
        print_json([plain(one) for one in drawn])
        return
    if not drawn and start is not None:
        typer.echo("No task ended in this period: there is nothing to count.")
        return
    console = Console(highlight=False)
    print_numbers(console if console.width >= WIDTH else Console(highlight=False, width=WIDTH), drawn)
