"""A Prefect server as `make up` runs it, that a test can stop and start again."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.child import Child, launch
from muster.services.environment import service_environment
from muster.services.prefect_server import server_command, server_environment


class PrefectServer:
    """A Prefect server that can be stopped and started again."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.settings = settings
        self._environment = {
            **service_environment(settings),
            **server_environment(settings, database_url),
            "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "1",  # tests do not wait for turns
        }
        self._process: Child | None = None

    @property
    def log(self) -> Path:
        return self.settings.home_dir / "prefect.log"

    def start(self) -> None:
        """Returns when the server answers."""
        command = [sys.executable, "-m", "muster.services.tethered", *server_command(self.settings)]
        self._process = launch(command, env=self._environment, output=self.log, cwd=PROJECT_ROOT)
        assert becomes_true(self.answers, seconds=120), self.log.read_text()[-2000:]

    def answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.log.read_text()[-2000:]
        try:
            return httpx.get(f"{self.settings.prefect_api_url}/health", timeout=5).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Returns when it has ended."""
        if self._process is not None:
            self._process.stop((signal.SIGTERM, 20))
            self._process = None


def becomes_true(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False
