"""Light runners: they work the teams' shifts without Prefect.

A runner takes seconds to load its libraries, and a fault run kills hundreds. So one process loads them once
and forks a runner for every name it reads; each opens its own connections and can be killed like any other
process. It writes `started NAME PID` and `ended NAME PID STATUS`, and ends with its input.
"""

import asyncio
import contextlib
import logging
import os
import selectors
import signal
import sys
from importlib import import_module
from pathlib import Path

from muster.core.errors import MusterError
from muster.core.settings import Settings, load_settings
from muster.intake import folder, maildir
from muster.intake.bell import WorkBell
from muster.ledger.errors import LedgerUnavailableError
from muster.services.child import die_with_parent
from muster.teams.roster import deployed_manifests
from muster.teams.run import Workbench
from muster.teams.shift import Shift
from muster.teams.slots import Slots
from muster.wiring import database_url, workbench

_LOADED_LATE = ("anyio._backends._asyncio", "genai_prices.data", "httpcore2", "h2.connection", "truststore")
"""What libraries load at their first call: half a second, and the first task's."""
_TASKS_IN_HAND = 4
_STAY_SECONDS = 100_000.0
_AWAY_SECONDS = 0.3
_COLLECT_SECONDS = 1.0

log = logging.getLogger("tests.chaos.worker")


async def work(settings: Settings, name: str, lease_seconds: float) -> None:
    """Work for every team until killed; what is away is waited for."""
    while True:
        try:
            async with workbench(settings) as bench, WorkBell.open(database_url(settings)) as bell:
                teams = [manifest.team for manifest in await deployed_manifests(bench.ledger)]
                slots = Slots(_TASKS_IN_HAND)
                async with asyncio.TaskGroup() as group:
                    group.create_task(_collect(bench, settings))
                    for team in teams:
                        shift = Shift(bench, team, name, lease_seconds=lease_seconds, slots=slots, bell=bell)
                        group.create_task(shift.work(stay_seconds=_STAY_SECONDS))
        except LedgerUnavailableError as error:  # nothing can be begun without it
            log.warning("%s: %s", name, error)
            await asyncio.sleep(_AWAY_SECONDS)


async def _collect(bench: Workbench, settings: Settings) -> None:
    while True:
        try:
            await maildir.collect(bench.ledger, settings.maildir)
            await folder.collect(bench.ledger, settings.drop_dir)
        except MusterError as error:
            log.warning("collecting: %s", error)
        await asyncio.sleep(_COLLECT_SECONDS)


def main() -> int:
    """Fork runners until the input ends; all of them end then too."""
    die_with_parent(signal.SIGKILL)
    lease_seconds, log_path = float(sys.argv[1]), Path(sys.argv[2])
    settings = load_settings()
    for module in _LOADED_LATE:
        import_module(module)
    runners: dict[int, str] = {}
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer)
    with selectors.DefaultSelector() as ready:
        ready.register(sys.stdin.fileno(), selectors.EVENT_READ)
        ready.register(reader, selectors.EVENT_READ)
        _say("ready")
        while True:
            for key, _ in ready.select():
                if key.fd == reader:
                    os.read(reader, 4096)
                    _bury(runners)
                    continue
                names = os.read(key.fd, 65536).decode().split()
                if not names:
                    for pid in runners:
                        os.kill(pid, signal.SIGKILL)
                    return 0
                for name in names:
                    runners[_born(settings, name, lease_seconds, log_path)] = name


def _born(settings: Settings, name: str, lease_seconds: float, log_path: Path) -> int:
    pid = os.fork()
    if pid:
        _say(f"started {name} {pid}")
        return pid
    code = 1
    try:
        die_with_parent(signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        form = f"%(asctime)s {name} %(levelname)s %(message)s"
        logging.basicConfig(filename=log_path, format=form, level=logging.WARNING, force=True)
        asyncio.run(work(settings, name, lease_seconds))
    except BaseException:
        logging.getLogger("tests.chaos.worker").exception("%s ended by itself", name)
    finally:
        os._exit(code)


def _bury(runners: dict[int, str]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _say(f"ended {runners.pop(pid, '?')} {pid} {os.waitstatus_to_exitcode(status)}")


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
