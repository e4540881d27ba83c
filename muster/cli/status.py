"""`muster status`: what runs, and whether it is well."""

from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.services.supervisor import ServiceStatus

app = typer.Typer(help="What runs, and whether it is well.")

_COLOURS = {"ok": "green", "starting": "yellow", "down": "red"}


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every service of this MUSTER_HOME; exit code 1 unless all are well."""
    from muster.core.settings import load_settings
    from muster.services.supervisor import Fleet

    services = Fleet(load_settings()).status()
    if as_json:
        print_json([_values(service) for service in services])
    else:
        _print_table(services)
    if any(service.health != "ok" for service in services):
        raise typer.Exit(1)


def _print_table(services: "list[ServiceStatus]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Service", "Health", "Up", "Process", "Address", box=None, padding=(0, 2, 0, 0))
    for service in services:
        colour = _COLOURS[service.health]
        table.add_row(
            service.title,
            f"[{colour}]{service.health}[/{colour}]",
            _span(service.up_seconds),
            str(service.pid or ""),
            service.address or "",
        )
    Console(highlight=False, soft_wrap=True).print(table)
    typer.echo(f"logs: {services[0].log.parent}" if services else "")
    if all(service.health == "down" for service in services):
        typer.echo("nothing runs: `make up` starts everything")


def _values(service: "ServiceStatus") -> dict[str, object]:
    return {
        "name": service.name,
        "health": service.health,
        "address": service.address,
        "pid": service.pid,
        "up_seconds": service.up_seconds,
        "log": str(service.log),
    }


def _span(seconds: int | None) -> str:
    if seconds is None:
        return ""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
