"""Which package a server's command names, in the ways other MCP clients write it."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from muster.gateway.mcp_servers import StdioServer

_PYTHON = re.compile(r"python[0-9.]*|py")
_OPTIONS_WITH_VALUE: Final = frozenset({"--index", "--default-index", "--index-url", "-i", "--directory"})


@dataclass(frozen=True, slots=True)
class Package:
    """What is installed for a server, and what of it is started."""

    manager: Literal["python", "node"]
    requirements: tuple[str, ...]
    """As the package manager takes them; the first is the server."""
    program: str | None = None
    """The installed command to start; null: the one the first package is known for."""
    module: str | None = None
    """The Python module to start instead of a command."""
    args: tuple[str, ...] = ()
    """What the server is started with."""
    python: str | None = None
    """The Python it asks for, such as `3.12`."""


def package_of(server: StdioServer) -> Package | None:
    """The package to install for the server; null when its command is a program that is there already."""
    command, args = server.command, server.args
    name = Path(command).name.removesuffix(".exe")
    if command.startswith("pip:"):
        return Package("python", (command.removeprefix("pip:").strip(),), args=args)
    if name == "uv" and args[:2] == ("tool", "run"):
        return _uvx(args[2:])
    if name == "pipx" and args[:1] == ("run",):
        return _uvx(args[1:])
    if name == "uvx":
        return _uvx(args)
    if name == "npx":
        return _npx(args)
    ours_to_find = os.sep not in command and server.cwd is None
    if ours_to_find and _PYTHON.fullmatch(name) and len(args) > 1 and args[0] == "-m":
        package = args[1].partition(".")[0].replace("_", "-")
        return Package("python", (package,), module=args[1], args=args[2:])
    return None


def _uvx(args: Sequence[str]) -> Package | None:
    """`uvx [--from PACKAGE] [--with PACKAGE] [--python V] COMMAND[@VERSION] ...`, with our index."""
    source, extras, python, rest = "", [], None, list(args)
    while rest and rest[0].startswith("-"):
        option, _, value = rest.pop(0).partition("=")
        if option in ("--from", "--spec", "--with", "--python", "-p", *_OPTIONS_WITH_VALUE):
            value = value or (rest.pop(0) if rest else "")
        if option in ("--from", "--spec"):
            source = value
        elif option == "--with":
            extras.append(value)
        elif option in ("--python", "-p"):
            python = value
    if not rest:
        return None
    program, *arguments = rest
    if not source:
        source = re.sub(r"@latest$", "", program)
        program = re.split(r"[\[<>=!~@]", program)[0]
    return Package(
        "python", (_pep508(source), *map(_pep508, extras)), program, None, tuple(arguments), python
    )


def _pep508(requirement: str) -> str:
    """`name@1.2` as `name==1.2`."""
    name, at, version = requirement.partition("@")
    return f"{name}=={version}" if at and re.fullmatch(r"[0-9][\w.+!-]*", version) else requirement


def _npx(args: Sequence[str]) -> Package | None:
    """`npx [-y] [--package PACKAGE] COMMAND[@VERSION] ...`."""
    sources, rest = [], list(args)
    while rest and rest[0].startswith("-"):
        option, _, value = rest.pop(0).partition("=")
        if option == "--":
            break
        if option in ("--package", "-p"):
            sources.append(value or (rest.pop(0) if rest else ""))
    if not rest:
        return None
    program, *arguments = rest
    known = program if sources else None
    return Package("node", tuple(sources) or (program,), known, None, tuple(arguments))
