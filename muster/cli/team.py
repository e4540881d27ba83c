"""`muster team`: check a manifest, put a team to work, list who is at work."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.core.settings import Settings
    from muster.teams.deploy import TeamDeployment

app = typer.Typer(no_args_is_help=True, help="Check, deploy and list teams.")

Folder = Annotated[Path, typer.Argument(help="The team's folder, or its team.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(path: Folder, as_json: AsJson = False) -> None:
    """Say every problem of a team's files, with file and line; exit code 4 when there is one."""
    from muster.core.settings import load_settings
    from muster.teams.company_rules import CompanyRules

    settings = load_settings()
    manifest = CompanyRules.of(settings, _tools_in_registry(settings)).manifest(path)
    if as_json:
        print_json(
            {"team": manifest.team, "agents": [agent.name for agent in manifest.agents], "problems": []}
        )
    else:
        typer.echo(f"{path}: team {manifest.team} with {len(manifest.agents)} agents is in order")


@app.command()
def deploy(path: Folder, as_json: AsJson = False) -> None:
    """Register the team's version, its tools' grants, its schedule and its Prefect deployment."""
    from muster.core.settings import load_settings
    from muster.wiring import put_to_work

    deployment = asyncio.run(put_to_work(load_settings(), path if path.is_dir() else path.parent, person()))
    if as_json:
        print_json(deployment)
    else:
        typer.echo("\n".join(_told(deployment)))


def _told(deployment: "TeamDeployment") -> Iterator[str]:
    """A deployment in words, line by line."""
    done = "is at work" if deployment.changed else "was at work already"
    yield f"{deployment.team} version {deployment.version} {done}"
    for prompt in deployment.new_prompts:
        yield f"  new prompt: {prompt}"
    for prompt in deployment.withdrawn_prompts:
        yield f"  withdrawn: {prompt}, the general prompt counts"
    for held in deployment.held_back:
        yield (
            f"  held back: {held.prompt} stays at version {held.in_force}, which a person put in force; "
            f"the file's is version {held.in_files}"
        )


@app.command("list")
def list_teams(as_json: AsJson = False) -> None:
    """Every agent at work: team, tier, phase, model role, tools."""
    from rich.console import Console
    from rich.table import Table

    from muster.core.settings import load_settings
    from muster.wiring import teams_at_work

    manifests = asyncio.run(teams_at_work(load_settings()))
    if as_json:
        print_json([manifest.model_dump(mode="json") for manifest in manifests])
        return
    table = Table("Team", "Agent", "Tier", "Phase", "Model role", "Tools", box=None)
    for manifest in manifests:
        for agent in manifest.agents:
            coordinator = " *" if agent.name == manifest.coordinator else ""
            table.add_row(
                manifest.team,
                agent.name + coordinator,
                agent.tier,
                agent.phase,
                agent.model,
                str(len(agent.tools)),
            )
    Console().print(table)


def _tools_in_registry(settings: "Settings") -> frozenset[str]:
    """What `muster tool accept` made known beside tools.yaml; nothing while the database is away."""
    from muster.services.database import takes_connections
    from muster.teams.company_rules import tools_in_registry
    from muster.wiring import open_ledger

    if not takes_connections(settings):
        return frozenset()

    async def run() -> frozenset[str]:
        async with open_ledger(settings, pool_size=1) as ledger:
            return await tools_in_registry(ledger)

    return asyncio.run(run())


@app.command()
def schema() -> None:
    """Print the JSON schema of team.yaml, for editors."""
    from muster.teams.manifest import manifest_schema

    print_json(manifest_schema())
