"""`muster service`: one service alone, in the foreground."""

from typing import Annotated

import typer

app = typer.Typer(help="Run one service in the foreground.")


@app.command()
def service(
    name: Annotated[str, typer.Argument(help="As `muster status --json` names it: http, runner, lab …")],
) -> None:
    """Become the service, for instance under another supervisor; what it needs must run already."""
    from muster.core.settings import load_settings
    from muster.services.foreground import become

    become(name, load_settings())
