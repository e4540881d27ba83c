"""`muster phase`: how much each agent may do alone, on what evidence, and who decided it."""

import asyncio
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.teams.autonomy_changes import Change
    from muster.teams.autonomy_evidence import Evidence

app = typer.Typer(no_args_is_help=True, help="How much each agent may do alone, and on what evidence.")

Who = Annotated[str, typer.Argument(help="An agent as team/agent.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class PhaseName(StrEnum):
    """The phases a person may choose from."""

    COPILOT = "co-pilot"
    EDGE = "edge"
    CORE = "core"


@app.command("list")
def list_phases(as_json: AsJson = False) -> None:
    """Every agent's phase: what holds, what its manifest allows, and why it was granted."""
    from rich.console import Console
    from rich.table import Table

    from muster.core.settings import load_settings
    from muster.teams.autonomy_rules import autonomy_of
    from muster.teams.autonomy_standing import Standing, standings
    from muster.wiring import open_ledger

    async def run() -> list[Standing]:
        settings = load_settings()
        async with open_ledger(settings, pool_size=1) as ledger:
            return await standings(ledger, autonomy_of(settings).starts_in)

    found = asyncio.run(run())
    if as_json:
        print_json([asdict(standing) for standing in found])
        return
    table = Table("Agent", "Phase", "Manifest", "Granted", "Since", "Why", box=None)
    for one in found:
        since = f"{one.since:%Y-%m-%d %H:%M}" if one.since else ""
        why = f"{one.cause}: {one.reason}" if one.decided else "nobody decided yet"
        table.add_row(one.who, one.effective, one.written, one.granted, since, why)
    Console(highlight=False).print(table)


@app.command()
def evidence(who: Who, as_json: AsJson = False) -> None:
    """What an agent has shown in its present phase, and what it still lacks for the next one."""
    from muster.core.settings import load_settings
    from muster.teams.autonomy import breaches, missing_for_promotion
    from muster.teams.autonomy_rules import rules_in_force
    from muster.teams.autonomy_standing import evidence_for
    from muster.wiring import open_ledger

    async def run() -> dict[str, Any]:
        settings = load_settings()
        async with open_ledger(settings, pool_size=1) as ledger:
            rules = await rules_in_force(ledger, settings)
            standing, shown = await evidence_for(ledger, who, rules.autonomy)
        return {
            "standing": asdict(standing),
            "evidence": shown.as_payload(rules.standard, rules.autonomy.model_dump(mode="json")),
            "missing": missing_for_promotion(shown, rules.autonomy),
            "breaches": breaches(shown, rules.autonomy),
            "lines": _lines(shown),
        }

    found = asyncio.run(run())
    lines = found.pop("lines")
    if as_json:
        print_json(found)
        return
    standing = found["standing"]
    typer.echo(f"{who} is in the phase {standing['effective']}; its manifest allows {standing['written']}")
    for line in (*lines, *(f"missing: {one}" for one in found["missing"])):
        typer.echo(f"  {line}")
    if not found["missing"]:
        typer.echo(f"  nothing is missing: muster phase promote {who}")


@app.command()
def promote(who: Who, as_json: AsJson = False) -> None:
    """Let an agent do one step more alone, if its evidence says so; exit code 2 when it does not."""
    from muster.core.settings import load_settings
    from muster.teams import autonomy_changes
    from muster.teams.autonomy_rules import rules_in_force
    from muster.wiring import open_ledger

    async def run() -> "Change":
        settings = load_settings()
        async with open_ledger(settings, pool_size=1) as ledger:
            rules = await rules_in_force(ledger, settings)
            return await autonomy_changes.promote(ledger, who, rules, person())

    _print([asyncio.run(run())], as_json)


@app.command("set")
def set_phase(
    who: Who,
    phase: Annotated[PhaseName, typer.Argument(help="The phase it is to be in.")],
    reason: Annotated[str, typer.Option("--reason", help="Why a person decides so, for whoever reads it.")],
    as_json: AsJson = False,
) -> None:
    """Put an agent into a phase by your own decision, whatever the evidence says; recorded as such."""
    from muster.core.settings import load_settings
    from muster.teams import autonomy_changes
    from muster.teams.autonomy_rules import autonomy_of
    from muster.wiring import open_ledger

    async def run() -> "Change | None":
        settings = load_settings()
        starts_in = autonomy_of(settings).starts_in
        async with open_ledger(settings, pool_size=1) as ledger:
            return await autonomy_changes.set_phase(
                ledger, who, phase.value, starts_in, reason=reason, actor=person()
            )

    change = asyncio.run(run())
    _print([] if change is None else [change], as_json, nothing=f"{who} was granted {phase.value} already")


@app.command()
def review(as_json: AsJson = False) -> None:
    """Demote, now, every agent whose latest real tasks show a breach; a flow does it every few minutes."""
    from muster.core.settings import load_settings
    from muster.teams import autonomy_changes
    from muster.teams.autonomy_rules import rules_in_force
    from muster.wiring import open_ledger

    async def run() -> "list[Change]":
        settings = load_settings()
        async with open_ledger(settings, pool_size=1) as ledger:
            return await autonomy_changes.review(ledger, await rules_in_force(ledger, settings))

    _print(asyncio.run(run()), as_json, nothing="nobody is demoted")


def _print(changes: "list[Change]", as_json: bool, nothing: str = "") -> None:
    if as_json:
        print_json([asdict(change) for change in changes])
        return
    for change in changes:
        typer.echo(
            f"{change.who} is now {change.phase}, was {change.previous} ({change.cause}: {change.reason})"
        )
    if not changes:
        typer.echo(nothing)


def _lines(shown: "Evidence") -> list[str]:
    correct, window = shown.correct, shown.window
    since = f" since {shown.since:%Y-%m-%d %H:%M} UTC" if shown.since else ""
    not_real = f" ({shown.not_real} more by the rehearsal model do not count)" if shown.not_real else ""
    share = (
        "none scored"
        if correct.share is None
        else f"{correct.right} of {correct.scored} scored right, {correct.share:.1%}"
        f" ({correct.low:.1%} to {correct.high:.1%})"
    )
    return [
        f"{shown.tasks} real tasks ended{since}{not_real}",
        *(
            f"{name} cases: {count.tasks}, of them {count.wrong} wrong"
            for name, count in (("happy", shown.happy), ("error", shown.error), ("edge", shown.edge))
        ),
        f"outcomes: {share}",
        f"last {window.tasks} tasks: {window.denials} denials, {window.uncertain} uncertain side effects,"
        f" {window.overreached} forbidden effects; {window.wrong} wrong of the last {window.scored} scored",
    ]
