"""What can be wrong with an installation, looked for one thing at a time."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from muster.core.errors import MusterError
from muster.core.settings import PROJECT_ROOT, Settings
from muster.ledger.freshness import SEALED_WITHIN, oldest_unsealed_at
from muster.services.database import database_url, takes_connections
from muster.services.disk import LITTLE_BYTES, TOO_LITTLE_BYTES, free_bytes, in_words
from muster.services.locked import TRAPS, installed_version, is_below, locked_versions
from muster.services.ports import free_port, is_free, port_holder
from muster.services.postgres import EmbeddedPostgres
from muster.services.supervisor import Fleet

Level = Literal["ok", "warn", "fail"]

_OLDEST_PYTHON = (3, 11)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found."""

    level: Level
    what: str
    do: str | None = None
    """How to mend it; null when there is nothing to mend."""


def look(settings: Settings) -> Iterator[Finding]:
    """Every finding, as soon as it is made; nothing in the installation is changed."""
    yield check_python()
    yield from check_packages()
    yield check_clock()
    yield check_disk(settings.home_dir)
    home = check_home(settings.home_dir)
    yield home
    if home.level == "fail":
        return
    yield from check_services(Fleet(settings))
    yield check_postgres(settings)
    yield check_sealing(settings)
    yield check_time_server(settings.home_dir)
    yield check_browser()


def check_python() -> Finding:
    """Whether this Python is new enough."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        return Finding(
            "fail", f"Python {version} is too old", "`make clean`, then `make setup PYTHON=python3.12`"
        )
    return Finding("ok", f"Python {version}")


def check_packages() -> Iterator[Finding]:
    """Whether what is installed is what is locked, and below the versions that break quietly."""
    locked = locked_versions(PROJECT_ROOT / "requirements" / "run.txt")
    other = {name: installed_version(name) for name in locked if installed_version(name) != locked[name]}
    for name, below in TRAPS.items():
        version = installed_version(name) or "none"
        if version == "none" or not is_below(version, below):
            yield Finding(
                "fail", f"{name} {version} does not work here: it must be below {below}", "`make setup`"
            )
        else:
            yield Finding("ok", f"{name} {version}, below {below}")
    if other:
        some = ", ".join(f"{name} {version or 'missing'}" for name, version in sorted(other.items())[:5])
        yield Finding("warn", f"{len(other)} packages are not as locked: {some}", "`make setup`")
    else:
        yield Finding("ok", f"{len(locked)} packages are as locked")


def check_home(home: Path) -> Finding:
    """Whether MUSTER_HOME can be written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home):
            return Finding("ok", f"MUSTER_HOME is {home}")
    except OSError as error:
        return Finding(
            "fail",
            f"MUSTER_HOME ({home}) cannot be written: {error.strerror}",
            "run as the user who owns it, or set MUSTER_HOME to a folder of your own",
        )


def check_disk(home: Path) -> Finding:
    """Whether there is room for a database that grows."""
    free = free_bytes(home)
    said = in_words(free, home)
    if free < TOO_LITTLE_BYTES:
        return Finding("fail", said, "make room, or set MUSTER_HOME to another disk")
    return Finding("warn", said, "make room soon") if free < LITTLE_BYTES else Finding("ok", said)


def check_clock() -> Finding:
    """Whether the machine's clock can be right: it must not be before the files of this checkout."""
    now = datetime.now(UTC)
    newest = datetime.fromtimestamp((PROJECT_ROOT / "pyproject.toml").stat().st_mtime, UTC)
    if now < newest:
        return Finding(
            "fail", f"the clock says {now:%Y-%m-%d %H:%M} UTC, before this checkout was made", "set it"
        )
    return Finding("ok", f"the clock says {now:%Y-%m-%d %H:%M} UTC")


def check_services(fleet: Fleet) -> Iterator[Finding]:
    """How running services are; of those that do not run, whether their ports are free."""
    statuses = fleet.status()
    running = any(status.health != "down" for status in statuses)
    services = {service.name: service for service in fleet.services}
    for status in statuses:
        service = services[status.name]
        if running and status.health != "ok":
            yield Finding("fail", f"{service.title} is {status.health}", f"see {status.log}")
        elif running:
            yield Finding(
                "ok", f"{service.title} is well" + (f" at {status.address}" if status.address else "")
            )
        elif service.port is not None and not is_free(fleet.settings.host, service.port):
            holder = port_holder(service.port) or "another program"
            yield Finding(
                "fail",
                f"port {service.port} for {service.title} is taken by {holder}",
                f"stop that program, or set {service.port_setting} to a free port",
            )
        elif service.port is not None:
            yield Finding("ok", f"port {service.port} for {service.title} is free")


def check_postgres(settings: Settings) -> Finding:
    """Whether Postgres can be used: the given one, or a throw-away one of ours."""
    try:
        if takes_connections(settings):
            return Finding("ok", "the database takes connections")
        if settings.database_url is not None:
            return Finding(
                "fail", "the database of MUSTER_DATABASE_URL cannot be used", "start it, or correct the URL"
            )
        with tempfile.TemporaryDirectory(dir=settings.home_dir, prefix="doctor-") as folder:
            trial = EmbeddedPostgres(Path(folder) / "data", free_port(), settings.host, durable=False)
            with trial.running():
                return Finding("ok", "Postgres starts")
    except MusterError as error:
        return Finding("fail", str(error), error.do)
    except OSError as error:
        return Finding("fail", f"Postgres cannot be tried: {error}", "see the findings above")


def check_sealing(settings: Settings) -> Finding:
    """Whether what was recorded has been sealed since."""
    try:
        oldest = oldest_unsealed_at(database_url(settings))
    except MusterError:
        return Finding("ok", "sealing is not looked at: the database does not run")
    if oldest is None:
        return Finding("ok", "every recorded event is sealed")
    waiting = datetime.now(UTC) - oldest
    if waiting < SEALED_WITHIN:
        return Finding("ok", "what is not sealed yet was recorded just now")
    return Finding(
        "warn",
        f"events wait for their seal since {oldest:%Y-%m-%d %H:%M} UTC",
        "`muster ledger seal` says why, if there is a reason; else see the flow seal-ledger in Prefect",
    )


def check_time_server(home: Path) -> Finding:
    """Whether the MCP time server is set up."""
    program = home / "tools" / "time" / "bin" / "mcp-server-time"
    if not os.access(program, os.X_OK):
        return Finding("warn", "the MCP time server is not set up; its tools are missing", "`make setup`")
    return Finding("ok", "the MCP time server is set up")


def check_browser() -> Finding:
    """Whether a Chromium is there; without one, browser tests are skipped."""
    found: Callable[[str], str | None] = shutil.which
    browser = next(filter(None, map(found, _BROWSERS)), None)
    if browser is None:
        return Finding(
            "warn", "no Chromium: browser tests are skipped", "apt install chromium, if you want them"
        )
    said = subprocess.run([browser, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return Finding("ok", said or browser)
