"""Reads files of strangers: each in a process of its own, in a sandbox that is kept ready."""

import atexit
import json
import select
import socket
import subprocess
import threading
import time
from contextlib import ExitStack
from functools import lru_cache
from typing import Any, Literal

from muster.core.errors import CallerError
from muster.core.settings import load_settings
from muster.sandbox.bounds import MEBIBYTE, Bounds
from muster.sandbox.errors import SandboxBrokenError
from muster.sandbox.execution import started
from muster.sandbox.limits import DocumentLimits, load_policy
from muster.sandbox.packages import places
from muster.sandbox.room import reading_room
from muster.sandbox.standing import required_way

Kind = Literal["pdf", "statement", "html"]

_CALLED: dict[Kind, str] = {"pdf": "the PDF", "statement": "the bank statement", "html": "the HTML"}
_PARSERS = ("pypdf", "defusedxml")
_SERVING = "muster.sandbox.documents.serving"
_AT_ONCE = 4
_START_SECONDS = 20.0
_SPARE_SECONDS = 2.0
_DYING_SECONDS = 0.1
_CHUNK = 262_144
_ALL_FILES_CPU_SECONDS = 1_000_000
_OPEN_FILES = 16


class UnreadableDocumentError(CallerError):
    """The file cannot be read: it is damaged, locked, or takes more than one file may."""


class DocumentReader:
    """The reader of one process; its sandbox is started with the first file and ends with the process."""

    def __init__(self, limits: DocumentLimits, serving: str = _SERVING) -> None:
        self._limits = limits
        self._serving = serving
        self._running = ExitStack()
        self._control: socket.socket | None = None
        self._lock = threading.Lock()
        self.process_id: int | None = None
        """The sandbox that is or was last used; null before the first file."""
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def read(self, kind: Kind, data: bytes, *, pages: int = 100, seconds: float = 10.0) -> str:
        """The text of the file, exactly as its parser gives it; whatever it says, a stranger says it.

        Args:
            pages: a PDF with more is refused.
            seconds: time its parser may take; the sandbox's own limits hold beside it.

        Raises:
            UnreadableDocumentError: it is damaged, locked, too long, or takes too much time or memory.
            SandboxUnavailableError: this machine cannot isolate the parser, so the file is not read.
            SandboxBrokenError: the sandbox does not start.
        """
        head = json.dumps({"kind": kind, "pages": pages, "seconds": seconds}).encode()
        answer = b""
        with self._free:
            for _ in range(2):  # the sandbox may have been ended meanwhile, through no fault of the file
                answer = self._asked(head + b"\n" + data)
                if answer or self._stands():
                    break
        try:
            told: dict[str, Any] = json.loads(answer)
            text, refused, do = told.get("text"), told.get("refused"), told.get("do")
        except (ValueError, AttributeError, RecursionError):
            text, refused, do = None, None, None
        if isinstance(text, str):
            return text
        if isinstance(refused, str):
            raise UnreadableDocumentError(refused, do=do if isinstance(do, str) else None)
        raise UnreadableDocumentError(
            f"{_CALLED[kind]} takes more time or memory to read than one file may",
            do="look at it on a machine that may be lost, then answer it by hand",
        )

    def close(self) -> None:
        """End the sandbox; the next file starts another."""
        with self._lock:
            self._close()

    def _asked(self, job: bytes) -> bytes:
        """What the file's process answers; empty when it, or the sandbox, ended without."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                try:
                    socket.send_fds(self._open(), [b"file"], [theirs.fileno()])
                except OSError:
                    self.close()
                    return b""
            return _exchanged(
                ours,
                job,
                time.monotonic() + self._limits.wall_seconds + _SPARE_SECONDS,
                self._limits.answer_mb * MEBIBYTE,
            )

    def _stands(self) -> bool:
        """Whether the sandbox is still there; its closed socket says that it is not, and it is put away."""
        with self._lock:
            if self._control is None:
                return False
            gone, _, _ = select.select([self._control], [], [], _DYING_SECONDS)
            if gone:
                self._close()
            return not gone

    def _open(self) -> socket.socket:
        with self._lock:
            if self._control is None:
                self._start()
            assert self._control is not None
            return self._control

    def _start(self) -> None:
        way = required_way()
        bounds = _bounds(self._limits)
        ours, theirs = socket.socketpair()
        running = ExitStack()
        running.enter_context(ours)
        order = {
            "module": self._serving,
            "control_fd": theirs.fileno(),
            "wall_seconds": self._limits.wall_seconds,
            "file_limits": {"RLIMIT_CPU": self._limits.cpu_seconds, "RLIMIT_FSIZE": 0},
        }
        with theirs:
            process = running.enter_context(
                started(
                    reading_room(places(_PARSERS)),
                    way,
                    bounds,
                    order,
                    with_parent=False,  # that would be the thread that reads the first file
                    keep_fds=(theirs.fileno(),),
                    group_bytes=_AT_ONCE * bounds.memory_bytes,
                    output=subprocess.DEVNULL,
                )
            )
        ours.settimeout(_START_SECONDS)
        try:
            ready = ours.recv(16)
        except OSError:
            ready = b""
        if not ready:
            running.close()
            raise SandboxBrokenError(
                "the reader of documents does not start", where="sandbox", do="see `muster doctor`"
            )
        ours.settimeout(_SPARE_SECONDS)
        self._running, self._control, self.process_id = running, ours, process.pid

    def _close(self) -> None:
        if self._control is not None:
            self._control.close()  # the sandbox ends by itself when it sees this
            self._control = None
        self._running.close()


@lru_cache(maxsize=1)
def shared_reader() -> DocumentReader:
    """The reader everything in this process shares.

    Raises:
        SandboxPolicyError: sandbox.yaml cannot be used.
    """
    reader = DocumentReader(load_policy(load_settings().policies_dir / "sandbox.yaml").documents)
    atexit.register(reader.close)
    return reader


def _bounds(limits: DocumentLimits) -> Bounds:
    return Bounds(
        wall_seconds=limits.wall_seconds,
        cpu_seconds=_ALL_FILES_CPU_SECONDS,
        memory_bytes=limits.memory_mb * MEBIBYTE,
        tasks=2 * _AT_ONCE,
        open_files=_OPEN_FILES,
        file_bytes=0,
        output_bytes=0,
    )


def _exchanged(pipe: socket.socket, job: bytes, deadline: float, most: int) -> bytes:
    """The answer to `job`; empty when none comes in time, or too much."""
    answer = bytearray()
    try:
        pipe.settimeout(max(0.01, deadline - time.monotonic()))
        pipe.sendall(job)
        pipe.shutdown(socket.SHUT_WR)
        while len(answer) <= most:
            pipe.settimeout(max(0.01, deadline - time.monotonic()))
            data = pipe.recv(_CHUNK)
            if not data:
                return bytes(answer)
            answer += data
    except OSError:
        return b""
    return b""
