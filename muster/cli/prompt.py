"""`muster prompt`: the prompts agents get, as versions that are added, put in force and taken back."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from muster.cli.actor import person
from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.ledger.postgres import PostgresLedger
    from muster.teams.prompt_register import Activation

app = typer.Typer(no_args_is_help=True, help="The prompts agents get: list, add, put in force, go back.")

_T = TypeVar("_T")

Who = Annotated[str, typer.Argument(help="The agent, as team/agent.")]
Kind = Annotated[str, typer.Option("--type", help="A transaction type; else the agent's general prompt.")]
Reason = Annotated[str, typer.Option("--reason", help="For whoever reads it later.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_prompts(
    who: Annotated[str, typer.Argument(help="A team, or an agent as team/agent; all when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every version, newest first, and which is in force."""
    from muster.teams.prompt_register import prompt_versions

    versions = _with_ledger(lambda ledger: prompt_versions(ledger, who))
    if as_json:
        print_json(versions)
        return
    if not versions:
        typer.echo(f"no prompt of {who} is registered" if who else "no prompt is registered")
        return
    for prompt, of_one in groupby(versions, lambda one: _called(one.agent, one.transaction_type)):
        typer.echo(prompt)
        for one in of_one:
            since = f"  in force since {one.activated_at:%Y-%m-%d %H:%M}" if one.activated_at else ""
            added = f"{one.created_at:%Y-%m-%d %H:%M}"
            typer.echo(
                f"  {one.version:>3}  {added} UTC  {one.origin:<5}  {one.characters:>6,} characters{since}"
            )


@app.command()
def show(
    who: Who,
    kind: Kind = "",
    version: Annotated[int | None, typer.Option(help="Another than the one in force.")] = None,
    as_json: AsJson = False,
) -> None:
    """The text the agent gets, or another version's."""
    from muster.teams.prompts import Prompt, PromptShelf

    team, _, agent = who.partition("/")

    async def run(ledger: "PostgresLedger") -> Prompt:
        shelf = PromptShelf(ledger)
        if version is None:
            return await shelf.active(team, agent, kind)
        return await shelf.at(team, agent, kind, version)

    prompt = _with_ledger(run)
    if as_json:
        print_json(prompt)
    else:
        typer.echo(prompt.text, nl=not prompt.text.endswith("\n"))


@app.command()
def add(
    who: Who,
    file: Annotated[str, typer.Argument(help="The text's file; - for standard input.")],
    kind: Kind = "",
    activate_it: Annotated[bool, typer.Option("--activate", help="Put it in force at once.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why it comes into force.")] = "",
    as_json: AsJson = False,
) -> None:
    """Register a text as a new version; it comes into force when you say so."""
    from muster.teams.prompt_changes import add_prompt

    if activate_it and not reason:
        raise typer.BadParameter("--activate needs a --reason")
    text = _text(file)
    done = _with_ledger(
        lambda ledger: add_prompt(
            ledger,
            who,
            text,
            person(),
            transaction_type=kind,
            activate_because=reason if activate_it else None,
        )
    )
    if as_json:
        print_json(done)
        return
    what = "added" if done.added else "is this very text already"
    typer.echo(f"{_called(who, kind)}: version {done.version} {what}")
    if done.activated is not None:
        _say(done.activated)
    elif not activate_it:
        option = f" --type {kind}" if kind else ""
        typer.echo(f"  put it in force: muster prompt activate {who} {done.version}{option} --reason …")


@app.command()
def activate(
    who: Who,
    version: Annotated[int, typer.Argument(help="The version's number.")],
    reason: Reason,
    kind: Kind = "",
    as_json: AsJson = False,
) -> None:
    """Put a version in force; runs that begin from a second later on use it."""
    from muster.teams.prompt_changes import activate_prompt

    done = _with_ledger(
        lambda ledger: activate_prompt(ledger, who, version, reason, person(), transaction_type=kind)
    )
    if as_json:
        print_json({"changed": done is not None, "activated": done})
    elif done is None:
        typer.echo(f"{_called(who, kind)}: version {version} is in force already")
    else:
        _say(done)


@app.command()
def rollback(who: Who, reason: Reason, kind: Kind = "", as_json: AsJson = False) -> None:
    """Put the version back in force that was before the present one; again: undo that."""
    from muster.teams.prompt_changes import roll_back_prompt

    done = _with_ledger(lambda ledger: roll_back_prompt(ledger, who, reason, person(), transaction_type=kind))
    if as_json:
        print_json(done)
    else:
        _say(done)


@app.command()
def diff(
    who: Who,
    old: Annotated[int, typer.Argument(help="A version.")],
    new: Annotated[int, typer.Argument(help="Another version.")],
    kind: Kind = "",
    as_json: AsJson = False,
) -> None:
    """What changed between two versions, as a unified diff."""
    from muster.teams.prompt_changes import prompt_diff

    text = _with_ledger(lambda ledger: prompt_diff(ledger, who, old, new, transaction_type=kind))
    if as_json:
        print_json({"agent": who, "transaction_type": kind, "old": old, "new": new, "diff": text})
    else:
        typer.echo(text or "the two are the same text")


def _with_ledger(act: "Callable[[PostgresLedger], Awaitable[_T]]") -> _T:
    from muster.core.settings import load_settings
    from muster.wiring import open_ledger

    async def run() -> _T:
        async with open_ledger(load_settings(), pool_size=1) as ledger:
            return await act(ledger)

    return asyncio.run(run())


def _text(file: str) -> str:
    from muster.teams.prompt_register import PromptTextError

    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode()
    except OSError as error:
        raise PromptTextError(f"cannot read it: {error.strerror}", where=file) from error
    except UnicodeDecodeError as error:
        raise PromptTextError("it is not UTF-8 text", where=file, do="save it as UTF-8") from error


def _say(done: "Activation") -> None:
    before = f", before it version {done.previous_version}" if done.previous_version else ""
    if done.version is None:
        typer.echo(f"{_called(done.agent, done.transaction_type)}: withdrawn; the general prompt counts")
    else:
        typer.echo(
            f"{_called(done.agent, done.transaction_type)}: version {done.version} is in force{before}"
        )


def _called(who: str, kind: str) -> str:
    from muster.teams.prompts import named

    return named(who, kind)
