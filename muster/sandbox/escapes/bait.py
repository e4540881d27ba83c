"""What an attempt could get hold of on this machine, if it got out; and whether it did."""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from muster.core.settings import PROJECT_ROOT
from muster.sandbox.limits import SandboxPolicy
from muster.sandbox.room import FEW_THREADS, START
from muster.sandbox.system_calls import this_machine

_VARIABLE = "MUSTER_SANDBOX_BAIT"
_KNOWN_VARIABLES = ["LANG", "HOME", "TMPDIR", "PWD", "LC_CTYPE", *FEW_THREADS]


@dataclass(frozen=True, slots=True)
class Bait:
    """Things of the host that are laid out to be taken."""

    secret: str
    """In the environment of this process and in a file everybody may read."""
    folder: Path
    port: int
    unix_path: str
    abstract_name: str
    reached: list[str] = field(default_factory=list)
    """Servers of ours that somebody connected to."""

    def inputs(self, policy: SandboxPolicy, *, memory_mb: int) -> dict[str, Any]:
        """What an attempt is told, so that nothing but the walls stops it."""
        machine = this_machine()
        assert machine is not None
        forks = {"clone": machine.clone, "clone3": machine.clone3}
        return {
            "port": self.port,
            "unix_path": self.unix_path,
            "abstract_name": self.abstract_name,
            "secret_path": str(self.folder / "bait"),
            "target_path": str(self.folder / "target"),
            "home_path": str(self.folder),
            "checkout_path": str(PROJECT_ROOT / "pyproject.toml"),
            "host_pids": [os.getpid(), os.getppid()],
            "numbers": {**machine.refused, **forks},
            "most_threads": policy.programs.threads,
            "memory_mb": memory_mb,
            "work_mb": policy.programs.work_mb,
            "known_variables": _KNOWN_VARIABLES,
        }

    def taken(self, said: str) -> list[str]:
        """What of it was touched, seen from outside; `said` is all the attempt gave away."""
        found = [f"connected to {name}" for name in self.reached]
        if self.secret in said:
            found.append("it learnt the secret")
        if (self.folder / "target").read_text() != "untouched" or sorted(os.listdir(self.folder)) != _LAID:
            found.append("it changed files of the host")
        return found


_LAID = ["bait", "socket", "target"]


@contextmanager
def laid_out(folder: Path) -> Iterator[Bait]:
    """Bait in an empty folder, with servers that listen, for as long as the block lasts."""
    secret = secrets.token_hex(16)
    (folder / "bait").write_text(secret)
    (folder / "target").write_text("untouched")
    for path in (folder, folder / "bait", folder / "target"):
        path.chmod(0o777)
    name = f"muster-bait-{secrets.token_hex(8)}"
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = secret
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        bait = Bait(secret, folder, tcp.getsockname()[1], str(folder / "socket"), name)
        listeners = {"a server on 127.0.0.1": tcp}
        for called, address in (("a socket file", bait.unix_path), ("an abstract socket", f"\0{name}")):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
            listeners[called] = listener
        for called, listener in listeners.items():
            threading.Thread(target=_listen, args=(bait, called, listener), daemon=True).start()
            stack.callback(_end, listener)
        try:
            yield bait
        finally:
            os.environ.pop(_VARIABLE)
            if before is not None:
                os.environ[_VARIABLE] = before


def sandboxed_processes() -> set[int]:
    """Processes on this machine that run in a sandbox and belong to this process, or to nobody any more."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if _is_sandboxed(int(entry.name)) and _is_ours(int(entry.name)):
                    found.add(int(entry.name))
    return found


def _is_sandboxed(pid: int) -> bool:
    return START.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()


def _is_ours(pid: int) -> bool:
    """Whether this process made it, or the part of a sandbox that made it lost its own maker."""
    parent = pid
    while parent not in {0, 1, os.getpid()}:
        pid = parent
        stat = Path(f"/proc/{pid}/stat").read_text()
        parent = int(stat.rpartition(")")[2].split()[1])
    return parent == os.getpid() or _is_sandboxed(pid)


def _listen(bait: Bait, called: str, listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            listener.accept()[0].close()
            bait.reached.append(called)


def _end(listener: socket.socket) -> None:
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
