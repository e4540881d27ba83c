"""The reader's own process inside the sandbox: a new process for every file, which sees that file alone.

It reads no byte of any stranger's file itself. It is handed an open pipe for each, forks, and ends who takes
too long.
"""

import gc
import json
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from muster.sandbox.documents import warming
from muster.sandbox.documents.html import html_text
from muster.sandbox.documents.narrowing import narrow
from muster.sandbox.documents.pdf import pdf_text
from muster.sandbox.documents.refusal import RefusedDocumentError
from muster.sandbox.documents.statement import statement_text

READY = b"ready"
_LOOK_SECONDS = 0.1
_CALLED = {"pdf": "the PDF", "statement": "the bank statement", "html": "the HTML"}
_DETAIL_CHARS = 200
_WARMING_SECONDS = 60.0


Answering = Callable[[Mapping[str, Any], bytes], dict[str, Any]]


def main(order: Mapping[str, Any]) -> None:
    """Serve until the other end of the control socket is closed, however that came about."""
    for kind, paper in (("pdf", warming.pdf()), ("statement", warming.STATEMENT), ("html", warming.HTML)):
        _text({"kind": kind, "pages": 1, "seconds": _WARMING_SECONDS}, paper)
    serve(order, _answer)


def serve(order: Mapping[str, Any], answering: Answering) -> None:
    """The same, with another way to answer."""
    gc.collect()
    gc.freeze()  # what is there now is shared with every process to come
    control = socket.socket(fileno=order["control_fd"])
    control.send(READY)
    deadlines: dict[int, float] = {}
    while True:
        patience = _LOOK_SECONDS if deadlines else None
        ready, _, _ = select.select([control], [], [], patience)
        _bury(deadlines)
        if not ready:
            continue
        said, fds, _, _ = socket.recv_fds(control, 16, 1)
        if not said:
            for pid in deadlines:
                os.kill(pid, signal.SIGKILL)
            return
        for fd in fds:
            pid = os.fork()
            if pid == 0:
                control.close()
                _read_one(fd, order, answering)
            os.close(fd)
            deadlines[pid] = time.monotonic() + order["wall_seconds"]


def _bury(deadlines: dict[int, float]) -> None:
    now = time.monotonic()
    for pid, deadline in list(deadlines.items()):
        if now > deadline:
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del deadlines[pid]


def _read_one(fd: int, order: Mapping[str, Any], answering: Answering) -> None:
    """Read the file that comes through `fd`, answer through it, end. Never returns."""
    try:
        for name, value in order["file_limits"].items():
            resource.setrlimit(getattr(resource, name), (value, value))
        narrow(os.getpid())
        with open(fd, "rb", closefd=False) as pipe:
            head, _, data = pipe.read().partition(b"\n")
        answer = json.dumps(answering(json.loads(head), data)).encode()
        with open(fd, "wb", closefd=False) as pipe:
            pipe.write(answer)
    finally:
        os._exit(0)


def _answer(job: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    """The text of the file, or why there is none."""
    try:
        return {"text": _text(job, data)}
    except RefusedDocumentError as error:
        return {"refused": error.what, "do": error.do}
    except Exception as error:  # noqa: BLE001 - parsers raise anything; this process ends here
        lines = str(error).strip().splitlines()
        detail = lines[0][:_DETAIL_CHARS] if lines else type(error).__name__
        return {"refused": f"{_CALLED[job['kind']]} cannot be read: {detail}", "do": None}


def _text(job: Mapping[str, Any], data: bytes) -> str:
    match job["kind"]:
        case "pdf":
            return pdf_text(data, most_pages=job["pages"], seconds=job["seconds"])
        case "statement":
            return statement_text(data)
        case _:
            return html_text(data.decode("utf-8", "replace"))
