"""The embedded Postgres, started and stopped for real."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from muster.services.errors import PortTakenError
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from pathlib import Path
from muster.services.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), int(sys.argv[2]), durable=False)
server.start()
print("ready", flush=True)
time.sleep(600)
"""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data folder that earlier tests of this module have made and stopped."""
    home = Path(tempfile.mkdtemp())
    yield home / "postgres"
    shutil.rmtree(home)


@pytest.fixture
def server(data_dir: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data_dir, free_port(), durable=False)


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def start_elsewhere(
    data_dir: Path, port: int, python: Sequence[str] = (sys.executable,)
) -> "subprocess.Popen[str]":
    """A process of its own that has started the server and sits there."""
    modules = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    process = subprocess.Popen(
        [*python, "-c", HOLD, str(data_dir), str(port)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": modules, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said == "ready\n", said + process.stdout.read()
    return process


def python_open_to(user: Sequence[str]) -> str | None:
    """An interpreter of our version which that user may run: a venv's may lie in a closed folder."""
    name = f"python3.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(name, path="/usr/local/bin:/usr/bin")):
        attempt = [*user, "/bin/sh", "-c", 'exec "$0" -V', str(candidate)]
        if candidate and subprocess.run(attempt, capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().split()[0])


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def becomes_true(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_a_second_start_finds_what_the_first_one_kept(server: EmbeddedPostgres) -> None:
    with server.running(), psycopg.connect(server.url()) as connection:
        connection.execute("create table kept as select 7 as x")
    with server.running():
        assert ask(server.url(), "select x from kept") == 7


def test_the_owner_may_make_databases_and_roles_but_is_no_superuser(server: EmbeddedPostgres) -> None:
    with server.running():
        server.create_database("prefect")
        server.create_database("prefect")
        assert ask(server.url("prefect"), "select current_user") == "muster"
        rights = "select array[rolcreatedb, rolcreaterole, rolsuper] from pg_roles where rolname = 'muster'"
        assert ask(server.url(), rights) == [True, True, False]


def test_a_wrong_password_is_refused(server: EmbeddedPostgres) -> None:
    with server.running():
        address, _, place = server.url().rpartition("@")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(f"{address}x@{place}", "select 1")


def test_passwords_are_readable_by_their_owner_only(server: EmbeddedPostgres, data_dir: Path) -> None:
    with server.running():
        kept = list((data_dir.parent / "secrets").iterdir())
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_the_server_dies_with_a_parent_killed_by_kill_9(server: EmbeddedPostgres, data_dir: Path) -> None:
    parent = start_elsewhere(data_dir, server.port)
    pid = postmaster(data_dir)
    kill(parent)
    assert becomes_true(lambda: is_gone(pid))


def test_a_restart_right_after_kill_9_waits_for_the_old_server_and_starts(
    server: EmbeddedPostgres, data_dir: Path
) -> None:
    kill(start_elsewhere(data_dir, server.port))
    with server.running():
        assert ask(server.url(), "select 1") == 1


def test_a_server_killed_by_kill_9_starts_again(server: EmbeddedPostgres, data_dir: Path) -> None:
    server.start()
    os.kill(postmaster(data_dir), signal.SIGKILL)
    server.stop()
    assert (data_dir / "postmaster.pid").exists()
    with server.running():
        assert ask(server.url(), "select 1") == 1


def test_a_pid_file_whose_number_now_belongs_to_another_program_is_forgotten(
    server: EmbeddedPostgres, data_dir: Path
) -> None:
    (data_dir / "postmaster.pid").write_text(f"{os.getppid()}\n{data_dir}\n")
    with server.running():
        assert ask(server.url(), "select 1") == 1


def test_the_server_outlives_the_thread_that_started_it(server: EmbeddedPostgres) -> None:
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    assert not becomes_true(lambda: server.returncode is not None, seconds=0.3)
    server.stop()


def test_a_taken_port_is_named_with_its_holder_and_the_setting_that_moves_it(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(PortTakenError) as error:
            EmbeddedPostgres(data_dir, port).start()
    assert f"port {port} is taken by" in str(error.value)
    assert f"(pid {os.getpid()})" in str(error.value)
    assert "MUSTER_POSTGRES_PORT" in (error.value.do or "")


@needs_root
def test_as_root_it_runs_below_a_closed_folder_and_opens_none() -> None:
    with tempfile.TemporaryDirectory() as closed:
        data_dir = Path(closed) / "home" / "postgres"
        server = EmbeddedPostgres(data_dir, free_port(), durable=False)
        with server.running():
            assert ask(server.url(), "select 1") == 1
            assert Path(f"/proc/{postmaster(data_dir)}").stat().st_uid != 0
        assert Path(closed).stat().st_mode & 0o777 == 0o700


@needs_root
def test_below_a_closed_folder_it_still_dies_with_its_parent() -> None:
    with tempfile.TemporaryDirectory() as closed:
        data_dir = Path(closed) / "postgres"
        parent = start_elsewhere(data_dir, free_port())
        pid = postmaster(data_dir)
        kill(parent)
        assert becomes_true(lambda: is_gone(pid))


@needs_root
def test_an_ordinary_user_needs_no_other_user() -> None:
    nobody = pwd.getpwnam("nobody")
    as_nobody = ("setpriv", "--reuid", "nobody", "--regid", str(nobody.pw_gid), "--clear-groups")
    with tempfile.TemporaryDirectory() as home:
        shutil.chown(home, nobody.pw_uid, nobody.pw_gid)
        python = python_open_to(as_nobody)
        if python is None:
            pytest.skip("every Python here is closed to other users")
        data_dir = Path(home) / "postgres"
        parent = start_elsewhere(data_dir, free_port(), [*as_nobody, python])
        pid = postmaster(data_dir)
        assert data_dir.stat().st_uid == nobody.pw_uid
        kill(parent)
        assert becomes_true(lambda: is_gone(pid))
