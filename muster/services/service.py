"""What a service of the installation is: its command, where it answers, and when it starts and stops."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Literal

Health = Literal["ok", "starting", "down"]
_CHECK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Service:
    """One process under the supervisor."""

    name: str
    title: str
    module: str
    """Run with Python, tied to the supervisor: it ends when the supervisor does."""
    arguments: tuple[str, ...] = ()
    python: str | None = None
    """Another interpreter than ours, for what lives in an environment of its own."""
    port: int | None = None
    """What it listens on; None for one that only calls others."""
    port_setting: str | None = None
    """The environment variable that moves it to another port."""
    health_path: str | None = None
    """Answers 200 over HTTP when all is well; without one, an accepted connection is enough."""
    probe: Callable[[], bool] | None = None
    """Asked instead, where neither says enough."""
    address: str | None = None
    """What a person opens; None for inner services."""
    stage: int = 2
    """Lower ones start before and stop after higher ones."""
    stop_seconds: int = 10
    gives_up_with: tuple[int, ...] = ()
    """Exit codes after which another start would end the same way."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def answers(self, host: str) -> bool:
        """Whether it does what it is there for, as far as a caller can see."""
        if self.probe is not None:
            return self.probe()
        if self.port is None:
            return True
        if self.health_path is None:
            return _accepts(host, self.port)
        asked = HTTPConnection(host, self.port, timeout=_CHECK_SECONDS)
        try:
            asked.request("GET", self.health_path)
            return asked.getresponse().status == 200
        except (HTTPException, OSError):
            return False
        finally:
            asked.close()

    def command(self, python: str) -> list[str]:
        """The command line."""
        return [self.python or python, "-m", "muster.services.tethered", self.module, *self.arguments]

    def log_path(self, log_dir: Path) -> Path:
        """Where what it says is kept."""
        return log_dir / f"{self.name}.log"


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=_CHECK_SECONDS):
            return True
    except OSError:
        return False
