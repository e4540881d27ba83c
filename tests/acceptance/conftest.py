"""One Prefect server on the suite's Postgres, as `make up` runs it, for the tests that meet flows."""

import gc
import os
import tempfile
import warnings
from collections.abc import Iterator

import pytest

from muster.core.settings import Settings
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from muster.services.prefect_server import DATABASE, client_environment
from tests.acceptance.prefect_at_work import PrefectServer

# Prefect makes its folder when imported: not in the user's home
os.environ.setdefault("PREFECT_HOME", tempfile.mkdtemp(prefix="prefect-"))


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
    """Inside the test this process is a client of that server.

    Prefect leaves its sockets to the garbage collector. They are collected here, where that is allowed, and
    not in whichever test comes later.
    """
    import prefect.settings

    wanted = client_environment(prefect_server.settings)
    warnings.filterwarnings("ignore", category=pytest.PytestUnraisableExceptionWarning)  # until the test ends
    with prefect.settings.temporary_settings(
        {getattr(prefect.settings, name): value for name, value in wanted.items()}
    ):
        yield prefect_server
    gc.collect()
