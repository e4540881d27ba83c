"""The Prefect server as muster runs it: on Postgres, signed in to, silent outward; and how to reach it."""

import os
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from muster.core.settings import Settings
from muster.services.environment import home_environment
from muster.services.owner import owner_password

OWNER = "owner"
DATABASE = "prefect"

_TUNING = {
    # the recorder's own default writes each task run by itself: 26-30 ms of server time instead of 5-7
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE": "100",
    # schedules of seconds: by default an hour of runs, up to a hundred a deployment, would be made ahead
    "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT2M",
    "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "2",
    "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_RUNS": "20",
    # kept in memory by default: a restarted server would never give back the turns that were taken
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # a run that waits for its deployment's turn asks again after this time; 30 s by default
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "5",
}


def server_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """What the server process needs beyond the usual service environment.

    Args:
        database_url: of the database `prefect`, as `postgresql://…`.

    Raises:
        SecretError: the owner's password cannot be read.
    """
    return {
        **_TUNING,
        "PREFECT_API_DATABASE_CONNECTION_URL": _for_asyncpg(database_url),
        "PREFECT_SERVER_API_AUTH_STRING": _sign_in(settings),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_V2_ENABLED": "false",  # the second generation of pages calls an analytics host
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_UI_API_URL": "/api",  # relative: the pages work through a tunnel or a proxy too
        **client_environment(settings),
    }


def client_environment(settings: Settings) -> dict[str, str]:
    """How a flow or a command reaches the server.

    Raises:
        SecretError: the owner's password cannot be read.
    """
    return {
        "PREFECT_API_URL": settings.prefect_api_url,
        "PREFECT_API_AUTH_STRING": _sign_in(settings),
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",  # what the server answers while its database is gone
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",  # a browser's concern; costs a request a run
        "PREFECT_LOGGING_COLORS": "false",
    }


def point_client_at(settings: Settings) -> None:
    """Makes this process a client of muster's Prefect server; call it before anything imports Prefect.

    Raises:
        SecretError: the owner's password cannot be read.
    """
    os.environ.update(home_environment(settings.home_dir))
    os.environ.update(client_environment(settings))


def server_command(settings: Settings) -> list[str]:
    """The module to run, with its arguments."""
    return ["prefect", "server", "start", "--host", settings.host, "--port", str(settings.prefect_port)]


def _for_asyncpg(database_url: str) -> str:
    """The address as Prefect's driver takes it: it says `ssl` for `sslmode` and knows no other option."""
    parts = urlsplit(database_url)
    options = dict(parse_qsl(parts.query))
    query = urlencode({"ssl": options["sslmode"]}) if "sslmode" in options else ""
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", query=query))


def _sign_in(settings: Settings) -> str:
    return f"{OWNER}:{owner_password(settings)}"
