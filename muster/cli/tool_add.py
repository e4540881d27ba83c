"""`muster tool add`: a person points at a server and confirms what its tools do."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from muster.core.settings import Settings
    from muster.gateway.adding.files import Confirmed
    from muster.gateway.adding.looking import Looked
    from muster.gateway.mcp_servers import Entry
    from muster.gateway.registering import Findings

_AWAY = 5


def add(
    source: Annotated[
        list[str] | None,
        typer.Argument(help="An mcpServers JSON (`-`: standard input), a URL, or `-- COMMAND ARGS`."),
    ] = None,
    command: Annotated[str | None, typer.Option(help="The command that starts the server.")] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; else after its package or host.")] = None,
    server: Annotated[list[str] | None, typer.Option(help="Only this server of the JSON.")] = None,
    env: Annotated[list[str] | None, typer.Option(help="NAME=VALUE for the command.")] = None,
    header: Annotated[list[str] | None, typer.Option(help="'Name: value' for the URL.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm everything as proposed.")] = False,
    propose_only: Annotated[
        Path | None, typer.Option(help="Write the proposals to this file and change nothing else.")
    ] = None,
    confirmed: Annotated[
        Path | None, typer.Option(help="Confirm this file of proposals, as you corrected it.")
    ] = None,
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Move credentials that stand in it into the system's keyring.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of a server.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Connect a server: its tools are listed, what they do is proposed, and you confirm it; 5: it is away."""
    from muster.cli import tool_questions as questions
    from muster.core.settings import load_settings
    from muster.gateway.adding import drafts, looking, plain_secrets, using
    from muster.gateway.keyring_secrets import keep

    settings = load_settings()
    draft = drafts.read_draft(confirmed) if confirmed is not None else None
    if draft is not None:
        entries: Mapping[str, Entry] = draft.mcpServers
        where = str(confirmed)
    else:
        given = questions.given_by(
            source or [],
            command=command,
            name=name,
            servers=server or [],
            env=env or [],
            headers=header or [],
        )
        entries, where = given.entries, given.where
        for known_as, keys in given.ignored.items():
            typer.echo(f"{known_as}: {', '.join(keys)} means nothing here and is left out", err=True)
    if draft is None and propose_only is None and not yes:
        questions.see_that_somebody_can_be_asked(as_json=as_json)
    if propose_only is None:
        using.check_names(settings, entries, replace=replace)
    safe = plain_secrets.without_plain_secrets(entries, keep if keyring else None, where)
    looked = asyncio.run(looking.look(settings, safe, where))
    chosen: Confirmed = {}
    left: Mapping[str, str] = {}
    if propose_only is not None and looked.definitions:
        drafts.write_draft(propose_only, looked)
    elif draft is not None:
        chosen, left = drafts.confirmed_by(draft, looked)
    else:
        chosen = questions.all_of(looked) if yes else questions.asked(looked)
    findings = _used(settings, looked, chosen) if propose_only is None else None
    _tell(looked, findings, left, propose_only, as_json=as_json)
    if looked.away:
        raise typer.Exit(_AWAY)


def _used(settings: "Settings", looked: "Looked", chosen: "Confirmed") -> "Findings":
    from muster.gateway.adding.using import put_to_use
    from muster.wiring import open_ledger

    async def run() -> "Findings":
        async with open_ledger(settings, pool_size=2) as ledger:
            return await put_to_use(ledger, settings, looked, chosen, actor=person())

    return asyncio.run(run())


def _tell(
    looked: "Looked",
    findings: "Findings | None",
    left: "Mapping[str, str]",
    draft: Path | None,
    *,
    as_json: bool,
) -> None:
    from dataclasses import asdict

    from muster.cli import tool_questions as questions
    from muster.gateway.adding.files import plain_entry

    if as_json:
        print_json(
            {
                "mcpServers": {name: plain_entry(entry) for name, entry in looked.entries.items()},
                "proposals": questions.as_json(looked),
                "broken": looked.broken,
                "not_confirmed": dict(left),
                "tools": [asdict(tool) for tool in findings.tools] if findings is not None else [],
                "away": looked.away,
            }
        )
        return
    if findings is None:
        questions.show(looked)
        if looked.definitions:
            typer.echo(f"correct {draft} and confirm it: muster tool add --confirmed {draft}")
    else:
        for tool in findings.tools:
            note = f": {tool.note}" if tool.note else ""
            typer.echo(f"{tool.status:<12} {tool.effect:<12} {tool.server}__{tool.tool}{note}")
    for tool_name, why in (looked.broken | dict(left)).items():
        typer.echo(f"{'left out':<12} {tool_name}: {why}", err=True)
    for server, why in looked.away.items():
        typer.echo(f"{'away':<12} {server}: {why}", err=True)
