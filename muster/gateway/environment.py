"""How a server is started as a subprocess: programs of its own, an environment with nothing of ours in it.

A package that its command names (`uvx`, `pipx run`, `python -m`, `npx`, `pip:`) is installed when a person
adds or registers the server, into MUSTER_HOME/tools/<server>, and started from there.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from muster.gateway.mcp_servers import StdioServer
from muster.gateway.packages import package_of

_RECEIPT: Final = "installed.json"
_LANG: Final = {"LANG": "C.UTF-8"}


class NotInstalledError(OSError):
    """What the server's command names is not installed for it; until it is, the server counts as away."""


class Receipt(BaseModel):
    """What is installed for a server."""

    model_config = ConfigDict(frozen=True)

    asked: tuple[str, ...]
    """The requirements as they were asked for."""
    command: tuple[str, ...]
    """What starts it: a program of its own environment, and arguments that come before the server's."""
    versions: dict[str, str]
    """The version of every package in its environment."""
    environment: str
    """The folder of its environment, in the server's own."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started, ready for the operating system."""

    command: str
    args: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None


def launch_of(server: StdioServer) -> Launch:
    """What to start for the server; the folder that is its HOME is made when it is not there.

    Raises:
        NotInstalledError: it names a package that is not installed for it.
        OSError: its HOME cannot be made.
    """
    if server.home is None:
        return Launch(server.command, server.args, {**_LANG, "PATH": _path(()), **server.env}, server.cwd)
    own = server.home / "home"
    own.mkdir(parents=True, exist_ok=True, mode=0o700)
    command, args, programs = server.command, server.args, []
    package = package_of(server)
    if package is not None:
        receipt = receipt_of(server)
        if receipt is None or receipt.asked != package.requirements:
            raise NotInstalledError(
                f"{package.requirements[0]} is not installed for it: `muster tool register {server.name}`"
            )
        command, *before = receipt.command
        args, programs = (*before, *package.args), [str(Path(command).parent)]
    env = {**_LANG, "HOME": str(own), "PATH": _path(programs), **server.env}
    return Launch(command, args, env, server.cwd or str(own))


def receipt_of(server: StdioServer) -> Receipt | None:
    """What is installed for the server; null when nothing is."""
    if server.home is None:
        return None
    try:
        receipt = Receipt.model_validate_json((server.home / _RECEIPT).read_text(encoding="utf-8"))
    except (OSError, ValidationError, json.JSONDecodeError):
        return None
    return receipt if os.access(receipt.command[0], os.X_OK) else None


def receipt_file(home: Path) -> Path:
    """Where the receipt of the server with that folder is."""
    return home / _RECEIPT


def _path(first: Sequence[str]) -> str:
    """Where programs are looked for: the server's own, then the machine's; none of our environment's."""
    ours = {str(Path(sys.prefix) / "bin")} if sys.prefix != sys.base_prefix else set()
    machine = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([*first, *(place for place in machine if place not in ours)])
