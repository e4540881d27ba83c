"""Hears what a process says while feeding it, until it ends, is out of time, or says too much."""

import os
import selectors
import subprocess
import time
from typing import Literal

Why = Literal["ended", "wall", "output"]
"""How a process came to its end: by itself, out of time, or for saying too much."""

_CHUNK = 65_536


class Said:
    """Everything a process says, read as it comes; its input is written meanwhile."""

    def __init__(self, process: subprocess.Popen[bytes], answer: int, most: int, stdin: bytes) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdin is not None
        self.parts = {fd: bytearray() for fd in (process.stdout.fileno(), process.stderr.fileno(), answer)}
        self._most = most
        self._stdin = process.stdin
        self._left = memoryview(stdin)

    def listen(self, deadline: float) -> Why:
        """Why listening ended."""
        with selectors.DefaultSelector() as ready:
            for fd in self.parts:
                ready.register(fd, selectors.EVENT_READ)
            os.set_blocking(self._stdin.fileno(), False)
            ready.register(self._stdin.fileno(), selectors.EVENT_WRITE)
            while ready.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    return "wall"
                for key, _ in ready.select(left):
                    if key.fd in self.parts:
                        if not self._hear(key.fd):
                            ready.unregister(key.fd)
                        if len(self.parts[key.fd]) > self._most:
                            return "output"
                    elif not self._feed():
                        ready.unregister(key.fd)
                        self._stdin.close()
        return "ended"

    def _hear(self, fd: int) -> int:
        data = os.read(fd, _CHUNK)
        self.parts[fd] += data
        return len(data)

    def _feed(self) -> bool:
        """Whether there is more to be written."""
        try:
            self._left = self._left[os.write(self._stdin.fileno(), self._left[:_CHUNK]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return len(self._left) > 0
