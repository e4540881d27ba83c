"""One Prefect server on the suite's Postgres, as `make up` runs it, for the tests that meet flows."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# Prefect makes its folder when imported: not in the user's home
os.environ.setdefault("PREFECT_HOME", tempfile.mkdtemp(prefix="prefect-"))

import httpx
import pytest

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.child import Child, launch
from muster.services.environment import service_environment
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from muster.services.prefect_server import DATABASE, client_environment, server_command, server_environment


class PrefectServer:
    """A Prefect server that can be stopped and started again."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.settings = settings
        self._environment = service_environment(settings) | server_environment(settings, database_url)
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


@pytest.fixture(scope="session")
def prefect_server(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrefectServer]:
    """The suite's Prefect server."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), prefect_port=free_port())
    postgres.create_database(DATABASE)
    server = PrefectServer(settings, postgres.url(DATABASE))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def as_prefect_client(prefect_server: PrefectServer) -> Iterator[PrefectServer]:
    """Inside the test this process is a client of that server."""
    from prefect.settings import get_settings_by_name, temporary_settings

    known = get_settings_by_name() if callable(get_settings_by_name) else {}
    wanted = client_environment(prefect_server.settings)
    with temporary_settings({known[name]: value for name, value in wanted.items()}):
        yield prefect_server
