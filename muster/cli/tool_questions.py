"""What `muster tool add` is given, shows and asks."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from muster.core.errors import CallerError

if TYPE_CHECKING:
    from muster.gateway.adding.files import Confirmed
    from muster.gateway.adding.looking import Looked, Offer
    from muster.gateway.adding.sources import Given
    from muster.gateway.registration import ToolRegistration

_LONGEST_LINE = 300


class NobodyToAskError(CallerError):
    """The command needs a person's answer and there is no terminal to ask on."""


def given_by(
    source: list[str],
    *,
    command: str | None,
    name: str | None,
    servers: list[str],
    env: list[str],
    headers: list[str],
) -> "Given":
    """The servers the command line points at: an mcpServers JSON, `-`, a URL, or a command.

    Raises:
        SourceError: it points at none.
        McpServersError: the JSON is none.
    """
    from muster.gateway.adding.sources import SourceError, from_command, from_json, from_url, pairs

    if command is not None and source:
        raise SourceError("there is a command and another source", do="give one of them")
    if command is None and len(source) == 1:
        (word,) = source
        if word == "-":
            return from_json(sys.stdin.read(), "standard input", only=servers)
        if word.startswith(("http://", "https://")):
            return from_url(word, name=name, headers=pairs(headers, ":", "--header"))
        path = Path(word)
        if path.suffix in (".json", ".jsonc") or (path.is_file() and not _runs(path)):
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                raise SourceError(f"cannot read it: {error.strerror}", where=word) from error
            return from_json(text, word, folder=path.absolute().parent, only=servers)
    words = [command] if command is not None else source
    return from_command(words, name=name, env=pairs(env, "=", "--env"), folder=Path.cwd())


def show(looked: "Looked") -> None:
    """Print what was found and proposed."""
    for offer in looked.offers:
        _show(offer)
    for tool, why in looked.broken.items():
        typer.echo(f"{tool}: cannot be offered: {_line(why)}")


def see_that_somebody_can_be_asked(*, as_json: bool) -> None:
    """Refuse to begin what a person has to finish where there is none.

    Raises:
        NobodyToAskError: there is no terminal, or what is printed is for a program.
    """
    if as_json or not sys.stdin.isatty():
        raise NobodyToAskError(
            "there is nobody to ask here", do="add --yes, or --propose-only FILE and confirm the file later"
        )


def asked(looked: "Looked") -> "Confirmed":
    """What the person at the terminal confirms, tool by tool.

    Raises:
        typer.Abort: they break off; nothing is confirmed.
    """
    confirmed: dict[str, dict[str, ToolRegistration]] = {}
    for offer in looked.offers:
        _show(offer)
        registration = _answer(offer)
        if registration is not None:
            confirmed.setdefault(offer.server, {})[offer.tool] = registration
    return confirmed


def all_of(looked: "Looked") -> "Confirmed":
    """Everything as proposed."""
    confirmed: dict[str, dict[str, ToolRegistration]] = {}
    for offer in looked.offers:
        confirmed.setdefault(offer.server, {})[offer.tool] = offer.proposal.registration
    return confirmed


def as_json(looked: "Looked") -> list[dict[str, object]]:
    """The proposals for programs."""
    return [
        {
            "server": offer.server,
            "tool": offer.tool,
            "definition_sha256": offer.definition_sha256,
            "registration": plain(offer.proposal.registration),
            "sure": offer.proposal.sure,
            "because": offer.proposal.because,
        }
        for offer in looked.offers
    ]


def plain(registration: "ToolRegistration") -> Mapping[str, object]:
    """A registration without what it leaves open."""
    return registration.model_dump(mode="json", exclude_defaults=True)


def _answer(offer: "Offer") -> "ToolRegistration | None":
    """The registration the person agrees to; null when the tool shall not be used."""
    from typing import get_args

    from muster.ledger.events import Effect

    effects = get_args(Effect)
    registration = offer.proposal.registration
    while True:
        given = typer.prompt(
            f"  right? yes, no (do not use it), edit, or what it does ({', '.join(effects)})",
            default="yes" if offer.proposal.sure else "edit",
        )
        match given.strip().lower():
            case "y" | "yes":
                return registration
            case "n" | "no":
                return None
            case "e" | "edit":
                registration = _edited(offer, registration)
                typer.echo(f"  {_written(registration)}")
                if typer.confirm("  use it like this?", default=True):
                    return registration
            case word if word in effects:
                return registration.model_copy(update={"effect": word})
            case _:
                typer.echo("  that is none of them")


def _edited(offer: "Offer", registration: "ToolRegistration") -> "ToolRegistration":
    """What comes back from the person's editor; the same again until it is a registration."""
    from io import StringIO

    import click
    from pydantic import ValidationError
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from muster.gateway.registration import ToolRegistration

    stream = StringIO()
    YAML().dump(dict(plain(registration)), stream)
    text = f"# {offer.server}__{offer.tool}\n{stream.getvalue()}"
    while True:
        edited = click.edit(text, extension=".yaml")
        if edited is None:
            return registration
        try:
            return ToolRegistration.model_validate(YAML(typ="safe").load(edited) or {})
        except (ValidationError, YAMLError) as error:
            typer.echo(f"  {_line(str(error))}")
            text = edited


def _show(offer: "Offer") -> None:
    doubt = "" if offer.proposal.sure else "  UNSURE"
    typer.echo(f"{offer.server}__{offer.tool}{doubt}")
    if described := offer.definition.get("description"):
        typer.echo(f"  says: {_line(str(described))}")
    typer.echo(f"  {_written(offer.proposal.registration)}")
    typer.echo(f"  because {'; '.join(offer.proposal.because)}")


def _written(registration: "ToolRegistration") -> str:
    import json

    return ", ".join(
        f"{key}: {value if isinstance(value, str) else json.dumps(value)}"
        for key, value in plain(registration).items()
    )


def _line(text: str) -> str:
    """A stranger's words in one line a terminal shows as they are."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:_LONGEST_LINE]


def _runs(path: Path) -> bool:
    import os

    return os.access(path, os.X_OK)
