"""The ecosystem's own `mcpServers` JSON: which servers there are and how each is reached."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from muster.core.settings import Settings
from muster.gateway.errors import McpServersError

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")
_NOT_IN_SERVER_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class StdioServer:
    """A server started as a subprocess; `env` is all it gets beside HOME, PATH and the like."""

    name: str
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None


@dataclass(frozen=True, slots=True)
class HttpServer:
    """A server reached over streamable HTTP; headers may hold secrets and are never shown."""

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


Server = StdioServer | HttpServer


class _Entry(BaseModel):
    """One server as Claude Desktop, Claude Code and Cursor write it; other keys of theirs are ignored."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["stdio", "http", "streamable-http", "streamableHttp"] | None = None
    command: str | None = None
    args: list[str] = []
    env: dict[str, str] = {}
    cwd: str | None = None
    url: str | None = None
    headers: dict[str, str] = {}
    disabled: bool = False


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    mcpServers: dict[str, _Entry]


def load_servers(path: Path, variables: Mapping[str, str]) -> dict[str, Server]:
    """The servers of the JSON at `path` by name, with `${VAR}` and `${VAR:-default}` filled in.

    Raises:
        McpServersError: it cannot be read, describes no server, or names a variable that is not set.
    """
    try:
        entries = _File.model_validate(json.loads(path.read_text(encoding="utf-8"))).mcpServers
    except OSError as error:
        raise McpServersError(
            f"cannot read the mcpServers JSON: {error.strerror}", where=str(path), do="set MUSTER_MCP_SERVERS"
        ) from error
    except json.JSONDecodeError as error:
        raise McpServersError(f"not JSON: {error.msg}", where=f"{path}:{error.lineno}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise McpServersError(
            f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}", where=str(path)
        ) from error
    servers = [
        _server(key, entry, variables, str(path)) for key, entry in entries.items() if not entry.disabled
    ]
    named = {server.name: server for server in servers}
    if len(named) < len(servers):
        raise McpServersError("two servers have the same name", where=str(path), do="rename one of them")
    return named


def variables(settings: Settings) -> dict[str, str]:
    """What `${VAR}` can name: the environment, and the settings that say where muster's own services are."""
    return {
        "MUSTER_COMPANY_URL": settings.company_url,
        "MUSTER_HTTP_URL": settings.http_url,
        **os.environ,
        "MUSTER_HOME": str(settings.home_dir),
    }


def _server(key: str, entry: _Entry, variables: Mapping[str, str], path: str) -> Server:
    name = _NOT_IN_SERVER_NAMES.sub("-", key.lower()).strip("-")
    if not name or not name[0].isalpha():
        raise McpServersError(f"{key!r} is no name for a server", where=path, do="begin it with a letter")

    def filled(text: str) -> str:
        return _VARIABLE.sub(lambda match: _value(match, variables, f"{path}: {key}"), text)

    if entry.url is not None and entry.type != "stdio":
        url = filled(entry.url)
        if not url.startswith(("http://", "https://")):
            raise McpServersError(f"the url of server {key} is no http address", where=path)
        return HttpServer(name, url, {k: filled(v).strip() for k, v in entry.headers.items()})
    if entry.command is None:
        raise McpServersError(f"server {key} has neither a url nor a command", where=path)
    return StdioServer(
        name,
        filled(entry.command),
        tuple(filled(argument) for argument in entry.args),
        {k: filled(v) for k, v in entry.env.items()},
        filled(entry.cwd) if entry.cwd is not None else None,
    )


def _value(match: re.Match[str], variables: Mapping[str, str], where: str) -> str:
    """The variable's value; its name, never its value, is shown when there is none."""
    value = variables.get(match["name"]) or match["default"]
    if value is None:
        raise McpServersError(
            f"the variable {match['name']} is not set", where=where, do=f"set {match['name']}"
        )
    return value
