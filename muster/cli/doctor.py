"""`muster doctor`: what is wrong with this installation, and how to mend it."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.core.settings import Settings
    from muster.services.checks import Finding

app = typer.Typer(help="Say what is wrong with this installation and how to mend it.")

_MARKS = {"ok": "[green]ok  [/green]", "warn": "[yellow]warn[/yellow]", "fail": "[red]fail[/red]"}


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look at everything an installation needs; exit code 1 when something fails."""
    from rich.console import Console
    from rich.markup import escape

    from muster.core.settings import load_settings
    from muster.models.checks import look_at
    from muster.reports.assumptions.checks import look_at as assumptions
    from muster.sandbox.checks import look_at as isolation
    from muster.services.checks import Finding, look

    console = Console(highlight=False, soft_wrap=True)
    settings = load_settings()
    findings: list[Finding] = []

    def note(finding: "Finding") -> None:
        findings.append(finding)
        if not as_json:
            console.print(f"{_MARKS[finding.level]}  {escape(finding.what)}")
            if finding.do:
                console.print(f"      do: {escape(finding.do)}")

    for finding in look(settings):
        note(finding)
    note(Finding(*look_at(settings.policies_dir / "models.yaml")))
    note(Finding(*assumptions(settings.assumptions_dir)))
    note(Finding(*isolation()))
    note(asyncio.run(_model(settings)))
    if as_json:
        print_json([{"level": each.level, "what": each.what, "do": each.do} for each in findings])
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(1)


async def _model(settings: "Settings") -> "Finding":
    """Whether Claude can be reached and takes the key."""
    from muster.core.errors import MusterError
    from muster.services.checks import Finding

    if settings.model_source == "rehearsal":
        return Finding("ok", "no ANTHROPIC_API_KEY: the rehearsal model answers")
    from muster.models.claude import ClaudeClient
    from muster.models.governance import ModelTableFile

    client = ClaudeClient.from_settings(settings)
    try:
        await client.reachable(ModelTableFile(settings.policies_dir / "models.yaml").current().roles)
    except MusterError as error:
        return Finding("fail", str(error), error.do or "check ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL")
    finally:
        await client.close()
    return Finding("ok", "Claude can be reached and takes the key")
