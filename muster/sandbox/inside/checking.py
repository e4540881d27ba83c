"""Tries from inside whether the sandbox really holds; what got through is its answer."""

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any


def main(order: dict[str, Any]) -> None:
    """Write the names of the walls that are missing to the order's file descriptor."""
    missing = [name for name, stands in _walls(order).items() if not stands]
    with open(order["answer_fd"], "wb") as file:
        file.write(json.dumps(missing).encode())


def _walls(order: dict[str, Any]) -> dict[str, bool]:
    return {
        "no rights of root": os.getuid() != 0 and not _succeeds(lambda: os.setuid(0)),
        "no network": not _succeeds(socket.socket),
        "no other processes": not _succeeds(_fork),
        "no host files": set(os.listdir("/")) <= set(order["top"]) and not os.path.exists(order["hidden"]),
        "nothing written outside": not any(_succeeds(partial(_write, path)) for path in _OUTSIDE),
        "bounded files": not _succeeds(lambda: _write(f"{order['folder']}/big", order["too_big"])),
        "bounded memory": not _succeeds(lambda: bytearray(order["too_much"])),
        "bounded threads": _threads(order["too_many"]) < order["too_many"],
    }


_OUTSIDE = ("/x", "/usr/lib/x", "/dev/x", "/sandbox/x", "/sandbox/packages/x")


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (OSError, MemoryError):
        return False
    return True


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _write(path: str, size: int = 1) -> None:
    with open(path, "wb") as file:
        for _ in _pieces(size):
            file.write(b"\0" * min(size, 1 << 20))


def _pieces(size: int) -> Iterator[int]:
    return iter(range(0, size, 1 << 20))


def _threads(most: int) -> int:
    """How many threads could be had at once, up to `most`."""
    end = threading.Event()
    count = 0
    threading.stack_size(65_536)
    with suppress(RuntimeError):  # Python's word for a thread the system does not give
        for count in range(most):  # noqa: B007
            threading.Thread(target=end.wait).start()
        count = most
    end.set()
    return count
