"""Writes what was confirmed into tools.yaml and the mcpServers JSON: whole or not at all, comments kept."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from muster.gateway.errors import McpServersError, RegistrationError
from muster.gateway.mcp_servers import Entry, entries_of, server_name, without_comments
from muster.gateway.registration import Registration, ToolRegistration
from muster.ledger.durable_file import write_durably

_WIDTH = 110
_IN_ONE_LINE = 90

Confirmed = Mapping[str, Mapping[str, ToolRegistration]]
"""What a person confirmed: by server, by tool."""


def write_registrations(path: Path, confirmed: Confirmed) -> None:
    """Put the confirmed tools into the tools.yaml at `path`, in place of what it said of them.

    Raises:
        RegistrationError: the file is none, or would not say the same when read again; it is as it was.
        FileNotKeptError: it cannot be written.
    """
    if not any(confirmed.values()):
        return
    with _locked(path):
        yaml = YAML()
        yaml.preserve_quotes = True
        yaml.width = _WIDTH
        text = path.read_text(encoding="utf-8") if path.exists() else "servers: {}\n"
        try:
            document = yaml.load(text) or CommentedMap()
        except YAMLError as error:
            raise RegistrationError(f"not YAML: {error}", where=str(path)) from error
        before = _registration(YAML(typ="safe").load(text) or {}, path)
        servers = document.setdefault("servers", CommentedMap())
        if not servers:
            servers.fa.set_block_style()
        for server, tools in confirmed.items():
            _own(servers, server).update({tool: as_written(each) for tool, each in sorted(tools.items())})
        stream = StringIO()
        yaml.dump(document, stream)
        after = _registration(YAML(typ="safe").load(stream.getvalue()), path)
        wanted = {name: {**tools} for name, tools in before.servers.items()}
        for server, tools in confirmed.items():
            wanted.setdefault(server, {}).update(tools)
        if after.servers != wanted:
            raise RegistrationError(
                "what was confirmed cannot be written into it without changing something else",
                where=str(path),
                do="take anchors and merges out of the file",
            )
        write_durably(path, stream.getvalue(), mode=_mode(path))


def write_entries(path: Path, entries: Mapping[str, Entry]) -> None:
    """Put the entries into the mcpServers JSON at `path`, in place of those of the same name.

    Raises:
        McpServersError: the file is no such JSON; it is as it was.
        FileNotKeptError: it cannot be written.
    """
    with _locked(path):
        text = path.read_text(encoding="utf-8") if path.exists() else '{\n  "mcpServers": {}\n}\n'
        before = entries_of(text, str(path))
        for name, entry in entries.items():
            key = next((each for each in before if server_name(each, str(path)) == name), name)
            text = _with_entry(text, key, plain_entry(entry))
        after = entries_of(text, str(path))
        if len(after) < len(before):
            raise McpServersError("it cannot be added to", where=str(path), do="write it as plain JSON")
        write_durably(path, text, mode=_mode(path))


def plain_entry(entry: Entry) -> dict[str, Any]:
    """The entry as it is written: what means something here, and nothing that is empty."""
    kept = {"type", "command", "args", "env", "cwd", "url", "headers"}
    written: dict[str, Any] = entry.model_dump(include=kept, exclude_defaults=True)
    return written


def _own(servers: CommentedMap, server: str) -> CommentedMap:
    """The server's tools, made its own where an anchor lets another server share them."""
    tools: CommentedMap | None = servers.get(server)
    shared = any(other is tools for name, other in servers.items() if name != server)
    if tools is None or shared:
        tools = servers[server] = CommentedMap(tools or {})
    elif not tools:
        tools.fa.set_block_style()
    return tools


def as_written(registration: ToolRegistration) -> CommentedMap:
    """The registration as people write it: in one line, or one line a field where that would be long."""
    plain = registration.model_dump(mode="json", exclude_defaults=True)
    found = CommentedMap({"effect": plain.pop("effect"), **plain})
    if len(json.dumps(found)) <= _IN_ONE_LINE:
        found.fa.set_flow_style()
        return found
    for key, value in plain.items():
        if isinstance(value, dict | list):
            found[key] = CommentedMap(value) if isinstance(value, dict) else CommentedSeq(value)
            found[key].fa.set_flow_style()
    return found


def _registration(document: Any, path: Path) -> Registration:
    try:
        return Registration.model_validate(document)
    except ValueError as error:
        raise RegistrationError(f"not a registration: {error}", where=str(path)) from error


def _with_entry(text: str, key: str, entry: Mapping[str, Any]) -> str:
    """`text` with the entry under mcpServers; everything else stays to the letter."""
    clean = without_comments(text)
    start, _ = _members(clean, clean.index("{"))["mcpServers"]
    inside = _members(clean, start)
    written = json.dumps(entry, ensure_ascii=False)
    if len(written) > _IN_ONE_LINE:
        written = json.dumps(entry, indent=2, ensure_ascii=False).replace("\n", "\n    ")
    if key in inside:
        begin, end = inside[key]
        return text[:begin] + written + text[end:]
    member = f"\n    {json.dumps(key)}: {written}"
    if inside:
        last = max(end for _, end in inside.values())
        return f"{text[:last]},{member}{text[last:]}"
    close = clean.index("}", start)
    return f"{text[: start + 1]}{member}\n  {text[close:]}"


def _members(text: str, start: int) -> dict[str, tuple[int, int]]:
    """Where each value of the JSON object that begins at `start` begins and ends, by key."""
    decoder = json.JSONDecoder()
    found: dict[str, tuple[int, int]] = {}
    place = start + 1
    while True:
        while text[place] in " \t\r\n,":
            place += 1
        if text[place] == "}":
            return found
        key, place = decoder.raw_decode(text, place)
        place = text.index(":", place) + 1
        while text[place] in " \t\r\n":
            place += 1
        _, end = decoder.raw_decode(text, place)
        found[key] = (place, end)
        place = end


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One at a time reads and writes the files of this folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _mode(path: Path) -> int:
    """The file's permissions, which stay as they are."""
    return path.stat().st_mode & 0o777 if path.exists() else 0o644
