"""Child processes that end with the process that started them."""

import ctypes
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(with_signal: signal.Signals = signal.SIGTERM) -> None:
    """From now on the kernel sends the signal to this process when its parent ends; Linux only, else nothing.

    It stays set when the process becomes another program by exec.
    """
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel was asked
        os.kill(os.getpid(), with_signal)


class Child:
    """A running child process."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def wait(self, seconds: float | None = None) -> int | None:
        """The return code, or None when it still runs after that time."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Returns when the process has ended.

        Args:
            steps: signals to send in order, each with the seconds it is given; SIGKILL follows the last.
        """
        for with_signal, seconds in steps:
            if self.returncode is not None:
                return
            self._process.send_signal(with_signal)
            if self.wait(seconds) is not None:
                return
        self._process.kill()
        self._process.wait()


def launch(
    argv: Sequence[str],
    *,
    output: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | str = "/",
) -> Child:
    """The started process.

    Linux ties a child to the *thread* that made it, so each is made by a thread that waits for its end.

    Args:
        output: the file its output is appended to; ours when None.

    Raises:
        OSError: the program cannot be run or the output file cannot be opened.
    """
    started: queue.SimpleQueue[subprocess.Popen[bytes] | OSError] = queue.SimpleQueue()

    def run() -> None:
        try:
            log = output.open("ab") if output else None
            try:
                process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=env,
                    cwd=cwd,
                    start_new_session=True,
                )
            finally:
                if log:
                    log.close()
        except OSError as error:
            started.put(error)
            return
        started.put(process)
        process.wait()

    threading.Thread(target=run, name=f"child {argv[0]}", daemon=True).start()
    outcome = started.get()
    if isinstance(outcome, OSError):
        raise outcome
    return Child(outcome)
