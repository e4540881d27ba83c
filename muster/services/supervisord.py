"""The process supervisor (the `supervisor` package): its configuration, and what it is asked."""

import os
import xmlrpc.client
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

from muster.core.settings import PROJECT_ROOT
from muster.services.service import Service

_LOG_BYTES = 10_000_000
_LOG_BACKUPS = 3
_START_RETRIES = 3
_START_SECONDS = 10
"""What ends sooner was not started: it is tried again a few times, later and later."""
_USER = "muster"
_NO_ANSWER = (OSError, HTTPException, xmlrpc.client.Error)

_HEAD = """\
[supervisord]
nodaemon=true
user={user}
directory={directory}
logfile={logs}/supervisor.log
logfile_maxbytes={bytes}
logfile_backups={backups}
pidfile={run}/supervisor.pid
childlogdir={logs}
silent=true

[inet_http_server]
port=127.0.0.1:{port}
username={name}
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command={command}
directory={directory}
environment={environment}
autostart=false
autorestart={autorestart}
exitcodes={gives_up_with}
startsecs={start_seconds}
startretries={retries}
stopsignal=TERM
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes={bytes}
stdout_logfile_backups={backups}
"""

_GROUP = """
[group:{group}]
programs={programs}
priority={priority}
"""


def configuration(
    services: Iterable[Service], *, python: str, port: int, password: str, run_dir: Path, log_dir: Path
) -> str:
    """The configuration file: a program for each service, a group for each stage.

    A stage is a group because groups stop one after another, the last first, the programs of one together.
    """
    places = {"run": _escaped(run_dir), "logs": _escaped(log_dir), "directory": _escaped(PROJECT_ROOT)}
    limits = {"bytes": _LOG_BYTES, "backups": _LOG_BACKUPS}
    user = str(os.geteuid())
    parts = [_HEAD.format(user=user, port=port, name=_USER, password=password, **places, **limits)]
    stages: dict[int, list[str]] = {}
    for service in services:
        stages.setdefault(service.stage, []).append(service.name)
        parts.append(
            _PROGRAM.format(
                name=service.name,
                command=_escaped(" ".join(_quoted(word) for word in service.command(python))),
                environment=_escaped(",".join(f"{k}={_quoted(v)}" for k, v in service.environment.items())),
                log=_escaped(service.log_path(log_dir)),
                stop_seconds=service.stop_seconds,
                retries=_START_RETRIES,
                start_seconds=_START_SECONDS,
                autorestart="unexpected" if service.gives_up_with else "true",
                gives_up_with=",".join(str(code) for code in service.gives_up_with or (0,)),
                directory=places["directory"],
                **limits,
            )
        )
    for stage, names in sorted(stages.items()):
        parts.append(_GROUP.format(group=group_of(stage), programs=",".join(names), priority=stage * 10))
    return "".join(parts)


def group_of(stage: int) -> str:
    """The name of the group of a stage's programs."""
    return f"stage{stage}"


class Supervisor:
    """Asks a running supervisord over its own API."""

    def __init__(self, port: int, password: str) -> None:
        self._url = f"http://{_USER}:{password}@127.0.0.1:{port}/RPC2"

    def is_up(self) -> bool:
        """Whether it takes questions."""
        try:
            return bool(self._ask("getState")["statename"] == "RUNNING")
        except _NO_ANSWER:
            return False

    def start(self, service: Service) -> None:
        """Begins to start the service; returns at once."""
        self._ask("startProcess", f"{group_of(service.stage)}:{service.name}", False)

    def restart(self, service: Service) -> None:
        """Stops the service, and begins to start it."""
        name = f"{group_of(service.stage)}:{service.name}"
        with suppress(xmlrpc.client.Fault):  # it does not run
            self._ask("stopProcess", name, True)
        self._ask("startProcess", name, False)

    def states(self) -> dict[str, dict[str, Any]]:
        """What supervisord knows of each program, by its name; empty when it does not answer."""
        try:
            return {info["name"]: info for info in self._ask("getAllProcessInfo")}
        except _NO_ANSWER:
            return {}

    def _ask(self, method: str, *arguments: object) -> Any:
        with xmlrpc.client.ServerProxy(self._url) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)


def _quoted(word: object) -> str:
    text = str(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _escaped(text: object) -> str:
    """`%` begins an expression in this file format."""
    return str(text).replace("%", "%%")
