"""A file of proposals a person corrects at leisure and then confirms."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from muster.gateway.adding.files import Confirmed, as_written, plain_entry
from muster.gateway.adding.looking import Looked
from muster.gateway.errors import RegistrationError
from muster.gateway.mcp_servers import Entry
from muster.gateway.registration import ToolRegistration
from muster.ledger.durable_file import write_durably

_HEAD = """What each tool does to the world, as the platform proposes it. Correct it, take out what shall not
be used, and confirm it: muster tool add --confirmed THIS_FILE
"""


class Draft(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mcpServers: dict[str, Entry]
    servers: dict[str, dict[str, ToolRegistration]] = {}
    pins: Annotated[dict[str, dict[str, str]], Field(alias="definitions")] = {}
    """SHA-256 of each definition as it was proposed for; another one is not confirmed by this file."""


def write_draft(path: Path, looked: Looked) -> None:
    """Write the proposals for what was found to `path`.

    Raises:
        FileNotKeptError: it cannot be written.
    """
    document = CommentedMap()
    document.yaml_set_start_comment(_HEAD)
    document["mcpServers"] = {name: plain_entry(looked.entries[name]) for name in sorted(looked.definitions)}
    document["servers"] = servers = CommentedMap()
    pins: dict[str, dict[str, str]] = {}
    for offer in looked.offers:
        tools = servers.setdefault(offer.server, CommentedMap())
        tools[offer.tool] = as_written(offer.proposal.registration)
        sure = "" if offer.proposal.sure else "UNSURE: "
        tools.yaml_set_comment_before_after_key(
            offer.tool, before=sure + "; ".join(offer.proposal.because), indent=4
        )
        pins.setdefault(offer.server, {})[offer.tool] = offer.definition_sha256
    document["definitions"] = pins
    stream = StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.dump(document, stream)
    write_durably(path, stream.getvalue())


def read_draft(path: Path) -> Draft:
    """The corrected proposals at `path`.

    Raises:
        RegistrationError: it cannot be read, or is no file of proposals.
    """
    try:
        return Draft.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise RegistrationError(f"cannot read it: {error.strerror}", where=str(path)) from error
    except YAMLError as error:
        raise RegistrationError(f"not YAML: {error}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        named = ".".join(str(part) for part in first["loc"])
        raise RegistrationError(f"{named}: {first['msg']}", where=str(path), do=f"correct {named}") from error


def confirmed_by(draft: Draft, looked: Looked) -> tuple[Confirmed, Mapping[str, str]]:
    """What the draft confirms of what was found now, and why the rest of it is not confirmed."""
    found = {(offer.server, offer.tool): offer.definition_sha256 for offer in looked.offers}
    confirmed: dict[str, dict[str, ToolRegistration]] = {}
    left: dict[str, str] = {}
    for server, tools in draft.servers.items():
        for tool, registration in tools.items():
            now = found.get((server, tool))
            if now is None:
                left[f"{server}__{tool}"] = "the server does not have it"
            elif now != draft.pins.get(server, {}).get(tool):
                left[f"{server}__{tool}"] = "its definition is not the one it was proposed for"
            else:
                confirmed.setdefault(server, {})[tool] = registration
    return confirmed, left
