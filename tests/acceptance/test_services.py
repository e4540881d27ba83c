"""The services under their supervisor, as `muster up` and `muster demo` start them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from muster.core.settings import PROJECT_ROOT, Settings
from muster.services.database import database_url
from muster.services.environment import service_environment
from muster.services.errors import AlreadyRunningError, PortTakenError, ServiceFailedError
from muster.services.ports import free_port, is_free
from muster.services.supervisor import Fleet, ServiceStatus

SMALL = ("postgres", "http", "company", "rehearsal", "smtp")
"""Everything but Prefect and its runner, which take long to start and have tests of their own."""
HOLD = """
import time
from muster.core.settings import load_settings
from muster.services.supervisor import Fleet, ServiceStatus
fleet = Fleet(load_settings(), ("postgres", "rehearsal"))
fleet.start()
print("ready", flush=True)
time.sleep(600)
"""


def becomes_true(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def settings_in(home: Path) -> Settings:
    ports = {
        name: free_port()
        for name in (
            "postgres_port",
            "prefect_port",
            "http_port",
            "rehearsal_port",
            "company_port",
            "smtp_port",
        )
    }
    return Settings(home=home, dashboard_port=free_port(), lab_port=free_port(), **ports)  # type: ignore[arg-type]


def muster(settings: Settings, *words: str, home: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """The command line, run for that installation."""
    environment = service_environment(settings)
    if home is not None:
        environment["MUSTER_HOME"] = str(home)
    program = "import sys; sys.argv[0] = 'muster'; from muster.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def processes_of(home: Path) -> list[int]:
    """Processes that were started for this MUSTER_HOME, Postgres's own children included."""
    mark = str(home).encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            texts = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if any(mark in text for text in texts) and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def status_of(fleet: Fleet, name: str) -> ServiceStatus:
    return next(status for status in fleet.status() if status.name == name)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Running services that the tests of this module share."""
    with Fleet(settings_in(tmp_path_factory.mktemp("fleet")), SMALL).running() as fleet:
        yield fleet


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation on which nothing was started."""
    return settings_in(tmp_path)


def test_status_shows_every_service_with_its_health(fleet: Fleet) -> None:
    said = muster(fleet.settings, "status", "--json")
    assert said.returncode == 0, said.stderr
    assert {each["name"]: each["health"] for each in json.loads(said.stdout)} == dict.fromkeys(SMALL, "ok")


def test_a_service_that_is_killed_comes_back(fleet: Fleet) -> None:
    def pid() -> int | None:
        return next(
            status.pid for status in fleet.status() if status.name == "http" and status.health == "ok"
        )

    before = pid()
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert becomes_true(lambda: {status.health for status in fleet.status()} == {"ok"} and pid() != before)


def test_work_goes_on_when_the_database_comes_back(fleet: Fleet) -> None:
    with psycopg.connect(database_url(fleet.settings), autocommit=True) as connection:
        connection.execute("create table kept as select 7 as x")
    before = status_of(fleet, "postgres").pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    assert becomes_true(lambda: status_of(fleet, "postgres").pid not in (None, before))
    assert becomes_true(lambda: {status.health for status in fleet.status()} == {"ok"})
    with psycopg.connect(database_url(fleet.settings)) as connection:
        assert connection.execute("select x from kept").fetchone() == (7,)


def test_what_runs_is_not_started_twice(fleet: Fleet) -> None:
    with pytest.raises(AlreadyRunningError, match="run already"):
        Fleet(fleet.settings, SMALL).start()


def test_a_taken_port_is_said_before_anything_starts(settings: Settings) -> None:
    taken = socket.create_server((settings.host, settings.smtp_port))
    with taken, pytest.raises(PortTakenError) as error:
        Fleet(settings, SMALL).start()
    assert f"MUSTER_SMTP_PORT={settings.smtp_port}" in str(error.value)
    assert not (settings.home_dir / "postgres").exists()


def test_a_service_that_cannot_start_says_why_and_leaves_nothing_running(
    settings: Settings, tmp_path: Path
) -> None:
    broken = settings.model_copy(update={"policies_dir": tmp_path / "nowhere"})
    with pytest.raises(ServiceFailedError) as error:
        Fleet(broken, SMALL).start()
    assert "nowhere" in str(error.value)
    assert error.value.do is not None
    assert error.value.fields["service"] == "http"
    assert processes_of(tmp_path) == []
    assert is_free(settings.host, settings.postgres_port)


def test_nothing_outlives_an_owner_killed_by_kill_9(settings: Settings) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env=service_environment(settings) | {"PYTHONPATH": str(PROJECT_ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "ready\n"
    assert len(processes_of(settings.home_dir)) > 4
    owner.kill()
    owner.communicate()
    assert becomes_true(lambda: processes_of(settings.home_dir) == []), processes_of(settings.home_dir)


def test_status_of_what_does_not_run_says_how_to_start_it(settings: Settings) -> None:
    said = muster(settings, "status")
    assert said.returncode == 1
    assert "`make up` starts everything" in said.stdout


def test_the_doctor_finds_a_taken_port_and_says_how_to_mend_it(settings: Settings) -> None:
    with socket.create_server((settings.host, settings.http_port)):
        said = muster(settings, "doctor", "--json")
    assert said.returncode == 1
    failures = [finding for finding in json.loads(said.stdout) if finding["level"] == "fail"]
    assert [f"port {settings.http_port}" in finding["what"] for finding in failures] == [True]
    assert "MUSTER_HTTP_PORT" in failures[0]["do"]


def test_the_doctor_finds_a_home_that_cannot_be_made(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = muster(settings, "doctor", home=tmp_path / "file" / "home")
    assert said.returncode == 1
    assert "cannot be written" in said.stdout
    assert said.stderr == ""
