"""A fleet: the services of an installation under one supervisor, started, watched and stopped together."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muster.core.settings import Settings
from muster.services.catalogue import ALL_SERVICES, DEMO_SERVICES, services_of
from muster.services.child import Child, launch
from muster.services.disk import require_space
from muster.services.environment import service_environment
from muster.services.errors import AlreadyRunningError, ServiceFailedError
from muster.services.last_words import last_words
from muster.services.ports import free_port, require_free
from muster.services.preparing import bring_up_to_date, make_prefect_database
from muster.services.secrets import kept_secret
from muster.services.service import Health, Service
from muster.services.supervisord import Supervisor, configuration

__all__ = ["ALL_SERVICES", "DEMO_SERVICES", "Fleet", "ServiceStatus", "Told"]

Told = Callable[[str, int, int], None]
"""Told what goes on, how much of it is done, and of how much."""

STEP = "starting services"
_HEALTHY_SECONDS = 180.0
_POLL_SECONDS = 0.2
_ALIVE = ("STARTING", "RUNNING")
_HUNG_SECONDS = 60.0
"""A service that runs but does not answer for so long is started anew."""


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """How a service is."""

    name: str
    title: str
    health: Health
    address: str | None
    pid: int | None
    """Null while it does not run."""
    up_seconds: int | None
    """Since it was last started; null while it does not run."""
    log: Path


class Fleet:
    """The services of one MUSTER_HOME."""

    def __init__(self, settings: Settings, services: Sequence[str] = ALL_SERVICES) -> None:
        """
        Raises:
            SecretError: a kept password cannot be read.
        """
        self.settings = settings
        self.services = services_of(settings, tuple(services))
        self._run_dir = settings.home_dir / "run"
        self._supervisord: Child | None = None
        self._silent_since: dict[str, float] = {}

    def start(self, told: Told = lambda *_: None) -> None:
        """Returns when every service answers.

        Raises:
            AlreadyRunningError: they run already.
            PortTakenError: another program holds a port of theirs; nothing was started.
            DiskFullError: there is no room; nothing was started.
            ServiceFailedError: one did not come up; all were stopped again.
        """
        self._check_that_nothing_runs()
        for service in self.services:
            if service.port is not None and service.port_setting is not None:
                require_free(self.settings.host, service.port, service.port_setting)
        require_space(self.settings.home_dir)
        told(STEP, 0, len(self.services))
        try:
            supervisor = self._start_supervisord()
            self._begin(supervisor, first := [each for each in self.services if each.stage == 0])
            self._wait_until_well(supervisor, first, told)
            make_prefect_database(self.settings)
            self._begin(supervisor, [each for each in self.services if each.stage > 0])
            bring_up_to_date(self.settings)  # while the others come up, which takes longer
            self._wait_until_well(supervisor, self.services, told)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Returns when every service has ended, the last started first."""
        if self._supervisord is not None:
            patience = sum(service.stop_seconds for service in self.services)
            self._supervisord.stop((signal.SIGTERM, float(patience)))
            self._supervisord = None
            self._note.unlink(missing_ok=True)

    @contextmanager
    def running(self, told: Told = lambda *_: None) -> Iterator["Fleet"]:
        """The started fleet; stopped on leaving.

        Raises:
            MusterError: as `start` does.
        """
        self.start(told)
        try:
            yield self
        finally:
            self.stop()

    def status(self) -> list[ServiceStatus]:
        """How each service is that was started, by whichever process; all `down` when none runs."""
        supervisor = self._running_supervisor()
        if supervisor is None:
            return [self._status_of(service, None) for service in self.services]
        states = supervisor.states()
        started = [service for service in self.services if service.name in states]
        return [self._status_of(service, states[service.name]) for service in started]

    def watch(self) -> list[str]:
        """What was done about services that do not answer, in a line each; call it every few seconds.

        The supervisor itself starts again what ended; this is for what hangs, and what ended too often.

        Raises:
            ServiceFailedError: the supervisor has ended.
        """
        supervisor = self._running_supervisor()
        if supervisor is None or self._supervisord is None or self._supervisord.returncode is not None:
            raise ServiceFailedError(
                "the supervisor has ended, and every service with it",
                where=str(self.settings.log_dir / "supervisor.log"),
                do="start again: all data is kept",
            )
        done = []
        states = supervisor.states()
        now = time.monotonic()
        for service in self.services:
            state = states.get(service.name, {}).get("statename")
            if state in _ALIVE and service.answers(self.settings.host):
                self._silent_since.pop(service.name, None)
            elif now - self._silent_since.setdefault(service.name, now) > _HUNG_SECONDS:
                supervisor.restart(service)
                del self._silent_since[service.name]
                done.append(f"{service.title} did not answer for {_HUNG_SECONDS:.0f} s: started again")
        return done

    @property
    def _note(self) -> Path:
        return self._run_dir / "supervisor.json"

    @property
    def _password(self) -> str:
        return kept_secret(self.settings.home_dir / "secrets", "supervisor_password")

    def _running_supervisor(self) -> Supervisor | None:
        try:
            noted = json.loads(self._note.read_text())
        except (OSError, ValueError):
            return None
        supervisor = Supervisor(int(noted["port"]), self._password)
        return supervisor if supervisor.is_up() else None

    def _check_that_nothing_runs(self) -> None:
        if self._running_supervisor() is not None:
            raise AlreadyRunningError(
                "the services of this MUSTER_HOME run already",
                where=str(self.settings.home_dir),
                do="see `muster status`; Ctrl-C where `make up` runs stops them, or set another MUSTER_HOME",
            )

    def _start_supervisord(self) -> Supervisor:
        self._run_dir.mkdir(parents=True, exist_ok=True)
        self.settings.log_dir.mkdir(parents=True, exist_ok=True)
        port = free_port()
        text = configuration(
            self.services,
            python=sys.executable,
            port=port,
            password=self._password,
            run_dir=self._run_dir,
            log_dir=self.settings.log_dir,
        )
        path = self._run_dir / "supervisord.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)  # it holds passwords
        path.write_text(text)
        command = [
            sys.executable,
            "-m",
            "muster.services.tethered",
            "supervisor.supervisord",
            "-n",
            "-c",
            str(path),
        ]
        output = self._run_dir / "supervisord.out"
        self._supervisord = launch(
            command, env=service_environment(self.settings), output=output, cwd=self._run_dir
        )
        self._note.write_text(json.dumps({"port": port, "pid": self._supervisord.pid}))
        supervisor = Supervisor(port, self._password)
        while not supervisor.is_up():
            if self._supervisord.returncode is not None:
                raise ServiceFailedError(
                    f"the supervisor did not start: {last_words(output).what}",
                    where=str(output),
                    do="`muster doctor` says what is wrong with this installation",
                )
            time.sleep(_POLL_SECONDS)
        return supervisor

    def _begin(self, supervisor: Supervisor, services: Sequence[Service]) -> None:
        for service in services:
            supervisor.start(service)

    def _wait_until_well(self, supervisor: Supervisor, services: Sequence[Service], told: Told) -> None:
        deadline = time.monotonic() + _HEALTHY_SECONDS
        waiting = list(services)
        while waiting:
            states = supervisor.states()
            for service in list(waiting):
                if self._is_well(service, states):
                    waiting.remove(service)
                    told(STEP, len(services) - len(waiting), len(self.services))
            if waiting and time.monotonic() > deadline:
                raise self._failed(waiting[0], f"does not answer after {_HEALTHY_SECONDS:.0f} s")
            if waiting:
                time.sleep(_POLL_SECONDS)

    def _is_well(self, service: Service, states: dict[str, dict[str, Any]]) -> bool:
        state = states.get(service.name, {}).get("statename")
        gave_up = state == "BACKOFF" and last_words(service.log_path(self.settings.log_dir)).do is not None
        if gave_up or state in ("FATAL", "EXITED"):
            raise self._failed(service, "did not start")
        if self._supervisord is None or self._supervisord.returncode is not None:
            raise self._failed(service, "did not start, because the supervisor ended")
        return state in _ALIVE and service.answers(self.settings.host)

    def _failed(self, service: Service, what: str) -> ServiceFailedError:
        log = service.log_path(self.settings.log_dir)
        said = last_words(log)
        return ServiceFailedError(
            f"{service.title} {what}: {said.what}",
            where=str(log),
            do=said.do or "`muster doctor` says what is wrong with this installation",
            service=service.name,
        )

    def _status_of(self, service: Service, state: dict[str, Any] | None) -> ServiceStatus:
        name = state["statename"] if state else "STOPPED"
        running = name in _ALIVE and state is not None
        well = running and service.answers(self.settings.host)
        return ServiceStatus(
            name=service.name,
            title=service.title,
            health="ok" if well else "starting" if running else "down",
            address=service.address,
            pid=int(state["pid"]) if running and state else None,
            up_seconds=int(state["now"] - state["start"]) if running and state else None,
            log=service.log_path(self.settings.log_dir),
        )
