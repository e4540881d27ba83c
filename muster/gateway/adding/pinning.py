"""Writes the version that was installed into an entry that named none: every machine gets the same."""

import re
from collections.abc import Mapping
from dataclasses import replace

from muster.gateway.environment import receipt_file, receipt_of
from muster.gateway.mcp_servers import Entry, StdioServer
from muster.gateway.packages import package_of
from muster.ledger.durable_file import write_durably

_NO_VERSION = re.compile(r"(@[\w.~-]+/)?[\w.~-]+(\[[\w,.-]+\])?(@latest)?", re.ASCII)


def pinned(entry: Entry, server: StdioServer) -> Entry:
    """The entry with the installed version; the same entry where it names one, or no package.

    Raises:
        FileNotKeptError: the receipt cannot be written.
    """
    package, receipt = package_of(server), receipt_of(server)
    if package is None or receipt is None or server.home is None or package.module is not None:
        return entry
    asked = package.requirements[0]
    name = asked.removesuffix("@latest")
    version = _version(name, receipt.versions)
    if version is None or not _NO_VERSION.fullmatch(asked):
        return entry
    if entry.command is not None and entry.command.startswith("pip:"):
        changed = entry.model_copy(update={"command": f"pip:{name}=={version}"})
    else:
        args = list(entry.args)
        place = next((at for at, word in enumerate(args) if word in (asked, f"{name}@latest")), None)
        if place is None:
            return entry
        args[place] = f"{name}@{version}"
        changed = entry.model_copy(update={"args": args})
    now = package_of(replace(server, command=changed.command or "", args=tuple(changed.args)))
    if now is None or now.program != package.program or now.args != package.args:
        return entry
    receipt = receipt.model_copy(update={"asked": now.requirements})
    write_durably(receipt_file(server.home), receipt.model_dump_json(indent=2) + "\n")
    return changed


def _version(name: str, versions: Mapping[str, str]) -> str | None:
    plain = re.sub(r"\[.*", "", name)
    return versions.get(plain) or versions.get(re.sub(r"[-_.]+", "-", plain).lower())
