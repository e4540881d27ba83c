"""The ecosystem's own `mcpServers` JSON: which servers there are and how each is reached."""

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from muster.core.settings import Settings
from muster.gateway.errors import McpServersError
from muster.gateway.placeholders import Filling

_NOT_IN_SERVER_NAMES = re.compile(r"[^a-z0-9]+")
_STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(r'"(?:\\.|[^"\\])*"|(?<![{\[,]),(?=\s*[}\]])')
_NO_HTTP_SSE = "the HTTP+SSE transport of 2024 is not spoken"
_READ_BY_NOBODY = {
    "envFile": "name its variables in env as ${NAME}",
    "headersHelper": "write the headers, with ${NAME} or ${keyring:service/name} for what is secret",
}


@dataclass(frozen=True, slots=True)
class StdioServer:
    """A server started as a subprocess; `env` is all it gets beside a minimal environment."""

    name: str
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None
    home: Path | None = field(default=None, compare=False)
    """The folder that is its own: its programs and its HOME; null: none is known."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """Credentials among what it is given, to be struck out wherever they turn up again."""


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A server reached over streamable HTTP; headers may hold secrets and are never shown."""

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False, compare=False)
    """Credentials among what it is sent, to be struck out wherever they turn up again."""


Server = StdioServer | HttpServer


class Entry(BaseModel):
    """One server as Claude Desktop, Claude Code and Cursor write it; other keys of theirs are ignored."""

    model_config = ConfigDict(extra="allow")

    type: Literal["stdio", "http", "streamable-http", "streamableHttp", "sse"] | None = None
    command: str | None = None
    args: list[str] = []
    env: dict[str, str] = {}
    cwd: str | None = None
    url: str | None = None
    headers: dict[str, str] = {}
    disabled: bool = False

    @property
    def ignored(self) -> list[str]:
        """Keys of other clients that mean nothing here, such as a list of tools to allow."""
        return sorted(self.model_extra or {})


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    mcpServers: dict[str, Entry]


def load_servers(path: Path, variables: Mapping[str, str]) -> dict[str, Server]:
    """The servers of the JSON at `path` by name, with `${NAME}` and `${keyring:service/name}` filled in.

    Raises:
        McpServersError: it cannot be read, describes no server, or names something that is not set.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise McpServersError(
            f"cannot read the mcpServers JSON: {error.strerror}", where=str(path), do="set MUSTER_MCP_SERVERS"
        ) from error
    entries = entries_of(text, str(path))
    servers = [
        filled(key, entry, variables, str(path)) for key, entry in entries.items() if not entry.disabled
    ]
    named = {server.name: server for server in servers}
    if len(named) < len(servers):
        raise McpServersError("two servers have the same name", where=str(path), do="rename one of them")
    return named


def entries_of(text: str, where: str) -> dict[str, Entry]:
    """The entries of an mcpServers JSON as they stand, nothing filled in; comments are allowed.

    Raises:
        McpServersError: it is no JSON, or describes no server.
    """
    try:
        return _File.model_validate(json.loads(without_comments(text))).mcpServers
    except json.JSONDecodeError as error:
        raise McpServersError(f"not JSON: {error.msg}", where=f"{where}:{error.lineno}") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise McpServersError(
            f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}", where=where
        ) from None


def without_comments(text: str) -> str:
    """`text` with comments and last commas, which editors allow in JSON, made blank; places stay the same."""

    def blank(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith('"') else re.sub(r"[^\n]", " ", match[0])

    return _STRING_OR_LAST_COMMA.sub(blank, _STRING_OR_COMMENT.sub(blank, text))


def variables(settings: Settings) -> dict[str, str]:
    """What `${NAME}` can name: the environment, and the settings that say where muster's own services are."""
    return {
        "MUSTER_COMPANY_URL": settings.company_url,
        "MUSTER_HTTP_URL": settings.http_url,
        **os.environ,
        "MUSTER_PYTHON": sys.executable,
        "MUSTER_HOME": str(settings.home_dir),
    }


def server_name(key: str, where: str) -> str:
    """The name a server goes by here: small letters, digits and hyphens.

    Raises:
        McpServersError: nothing of that kind is left of `key`.
    """
    name = _NOT_IN_SERVER_NAMES.sub("-", key.lower()).strip("-")
    if not name or not name[0].isalpha():
        raise McpServersError(f"{key!r} is no name for a server", where=where, do="begin it with a letter")
    return name


def filled(key: str, entry: Entry, variables: Mapping[str, str], path: str) -> Server:
    """The server of one entry.

    Raises:
        McpServersError: it says neither command nor address, or names something that is not set.
    """
    where = f"{path}: {key}"
    name = server_name(key, path)
    filling = Filling(variables, where)
    for unread, instead in _READ_BY_NOBODY.items():
        if unread in entry.ignored:
            raise McpServersError(f"{unread} is not read", where=where, do=instead)
    if entry.type == "sse":
        raise McpServersError(_NO_HTTP_SSE, where=where, do="ask for the server's streamable HTTP address")
    if entry.url is not None and entry.type != "stdio":
        url = filling.plain(entry.url)
        if not url.startswith(("http://", "https://")):
            raise McpServersError(f"the url of server {key} is no http address", where=path)
        headers = {each: filling.private(each, value).strip() for each, value in entry.headers.items()}
        return HttpServer(name, url, headers, frozenset(filling.secrets))
    if entry.command is None:
        raise McpServersError(f"server {key} has neither a url nor a command", where=path)
    home = Path(variables["MUSTER_HOME"]) / "tools" / name if "MUSTER_HOME" in variables else None
    return StdioServer(
        name,
        filling.plain(entry.command),
        tuple(filling.plain(argument) for argument in entry.args),
        {each: filling.private(each, value) for each, value in entry.env.items()},
        filling.plain(entry.cwd) if entry.cwd is not None else None,
        home,
        frozenset(filling.secrets),
    )
