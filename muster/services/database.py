"""Which Postgres the installation uses: the one it was given, else the embedded one in MUSTER_HOME."""

from urllib.parse import urlsplit, urlunsplit

import psycopg

from muster.core.settings import Settings
from muster.services.postgres import EmbeddedPostgres


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """The embedded server of this MUSTER_HOME, not started."""
    return EmbeddedPostgres(
        settings.home_dir / "postgres" / "data",
        settings.postgres_port,
        settings.host,
        secrets_dir=settings.home_dir / "secrets",
        log_path=settings.log_dir / "postgres-server.log",
    )


def database_url(settings: Settings, database: str | None = None) -> str:
    """The address of the installation's database, or of another `database` on the same server.

    Raises:
        SecretError: the embedded server's password is unreadable.
    """
    if settings.database_url is None:
        return embedded_postgres(settings).url(database or "muster")
    if database is None:
        return settings.database_url
    return urlunsplit(urlsplit(settings.database_url)._replace(path=f"/{database}"))


def takes_connections(settings: Settings) -> bool:
    """Whether the installation's database can be used now.

    Raises:
        SecretError: the embedded server's password is unreadable.
    """
    try:
        with psycopg.connect(database_url(settings), connect_timeout=3):
            return True
    except psycopg.OperationalError:
        return False
