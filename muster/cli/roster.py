"""`muster roster`: every agent at work."""

from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.reports.roster import Roster
    from muster.reports.roster_line import RosterLine

app = typer.Typer(help="Every agent: who answers for it, what it may do, what it did lately.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def roster(
    team: Annotated[str, typer.Argument(help="One team; all when left out.")] = "", as_json: AsJson = False
) -> None:
    """Every agent with owner, tier, phase, model, grants, budget left today and its last 24 hours."""
    from muster.core.settings import load_settings
    from muster.reports.roster import read_roster
    from muster.reports.roster_table import roster_rows
    from muster.services.database import database_url

    settings = load_settings()
    found = read_roster(settings, database_url(settings))
    rows = [row for row in roster_rows(found) if team in ("", row["team"])]
    if as_json:
        print_json({"at": found.at, "fleet": found.fleet, "fleet_halt": found.fleet_halt, "agents": rows})
    elif rows:
        _print(found, sorted({row["team"] for row in rows}))
    else:
        typer.echo(f"no team {team} is at work" if team else "no team is at work; muster team deploy FOLDER")


def _print(found: "Roster", teams: list[str]) -> None:
    from muster.reports import roster_table as words

    if found.fleet_halt is not None:
        typer.echo(words.halted(found.fleet_halt))
    typer.echo(f"all agents together: {words.left(found.fleet)} left today (UTC)")
    for team in teams:
        lines = [line for line in found.lines if line.team == team]
        first = lines[0]
        budget = words.left(first.team_budget)
        typer.echo(f"\n{team} version {first.team_version}, {first.owner}: {budget} left today")
        for halt in words.halts(lines):
            typer.echo(f"  {halt}")
        _print_team(found, lines)
    typer.echo("\n* takes every task first. Rehearsal is a scripted stand-in, not a real model.")


def _print_team(found: "Roster", lines: "list[RosterLine]") -> None:
    from muster.reports import roster_table as words

    for line in lines:
        mark = " *" if line.coordinator else ""
        typer.echo(f"  {line.agent}{mark}: {words.status(line)}, {line.tier}, {words.phase(line)}")
        tools = f"{len(line.tools)} tool{'' if len(line.tools) == 1 else 's'}"
        typer.echo(
            f"    {words.model(line)} ({line.model_role}), prompt {words.prompts(line)}, {tools}, "
            f"{words.left(line.budget)} left today"
        )
        for row in words.lately(found, line):
            typer.echo(f"    last 24 h, {words.done(row)}")
