"""Ports: whether one is free, and who holds it when it is not."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from muster.services.errors import PortTakenError

_LISTENING = "0A"


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on the port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_free(host: str, port: int, setting: str) -> None:
    """Returns when the port is free.

    Args:
        setting: the environment variable that moves the service elsewhere.

    Raises:
        PortTakenError: it is not; the message names the holder when it can be seen.
    """
    if is_free(host, port):
        return
    holder = port_holder(port)
    by = f" by {holder}" if holder else ""
    raise PortTakenError(
        f"port {port} is taken{by}",
        where=f"{setting}={port}",
        do=f"stop that program, or choose another port: {setting}={port + 1000}",
        port=port,
        setting=setting,
        holder=holder,
    )


def port_holder(port: int) -> str | None:
    """`program (pid 123)` of the process that listens on the port; None when it cannot be seen."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        if _open_sockets(process) & inodes:
            return f"{_program(process)} (pid {process.name})"
    return None


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{columns[9]}]")
    return inodes


def _open_sockets(process: Path) -> set[str]:
    targets = set()
    with suppress(OSError):  # not ours to look into, or ended meanwhile
        for handle in (process / "fd").iterdir():
            with suppress(FileNotFoundError):
                targets.add(os.readlink(handle))
    return targets


def _program(process: Path) -> str:
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "a program"
    line = " ".join([Path(words[0]).name, *(word for word in words[1:] if word)])
    return line if len(line) <= 60 else f"{line[:57]}..."
