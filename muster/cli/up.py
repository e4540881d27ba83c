"""`muster up`: every service until Ctrl-C."""

import asyncio
import signal
import time
from types import FrameType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from muster.core.settings import Settings
    from muster.services.supervisor import Fleet

app = typer.Typer(help="Run everything until Ctrl-C.")

_WATCH_SECONDS = 5.0


@app.command()
def up() -> None:
    """Start every service, put the teams to work, print the addresses, and keep all running until Ctrl-C.

    All data is kept: the next start finds it.
    """
    from rich.console import Console

    from muster.cli.progress import Steps
    from muster.core.settings import load_settings
    from muster.services.prefect_server import point_client_at
    from muster.services.supervisor import Fleet

    console = Console(highlight=False, soft_wrap=True)
    settings = load_settings()
    point_client_at(settings)
    for told_to_stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(told_to_stop, _interrupt)
    fleet = Fleet(settings)
    try:
        with Steps(Console(stderr=True, highlight=False)) as steps:
            fleet.start(steps.told)
        asyncio.run(_put_to_work(settings, console))
        _welcome(console, fleet)
        while True:
            time.sleep(_WATCH_SECONDS)
            for line in fleet.watch():
                console.print(line)
    except KeyboardInterrupt:
        console.print("\nstopping …")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # being stopped already; Ctrl-C again does not wait
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        fleet.stop()
    console.print(f"stopped; all data is in {settings.home_dir}")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


async def _put_to_work(settings: "Settings", console: "Console") -> None:
    from muster.core.errors import MusterError
    from muster.wiring import PLATFORM_FLOWS, let_rehearsal_work, put_to_work, register_flows

    await register_flows(settings, PLATFORM_FLOWS)
    for manifest in sorted(settings.teams_dir.glob("*/team.yaml")):
        try:
            await put_to_work(settings, manifest.parent)
        except MusterError as error:
            console.print(f"team {manifest.parent.name} is not at work: {error}")
            console.print(f"  do: {error.do or 'correct its files, then `muster team deploy`'}")
    await let_rehearsal_work(settings)


def _welcome(console: "Console", fleet: "Fleet") -> None:
    from rich.table import Table

    from muster.services.owner import owner_password
    from muster.services.prefect_server import OWNER

    settings = fleet.settings
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for service in fleet.services:
        if service.address is not None:
            table.add_row(service.title, service.address)
    table.add_row("Gateway (MCP)", settings.gateway_url)
    password = owner_password(settings)
    console.print()
    console.print(table)
    console.print(f"\nsign in to the dashboard and the notebooks with   {password}")
    console.print(f"sign in to Prefect with                           {OWNER}:{password}")
    answers = "Claude" if settings.model_source == "claude" else "the rehearsal model (no ANTHROPIC_API_KEY)"
    console.print(f"\nagents think with {answers}; logs are in {settings.log_dir}")
    if not any(service.name == "lab" for service in fleet.services):
        console.print("the notebooks are not set up here: `make up` or `make lab` does it")
    console.print("Ctrl-C stops everything")
