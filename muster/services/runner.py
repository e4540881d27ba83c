"""The runner's process: signals, logging, and one event loop beside the main thread."""

import asyncio
import hashlib
import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType

from muster.core.settings import Settings, load_settings
from muster.services.child import die_with_parent
from muster.services.heartbeat import beat_file
from muster.services.prefect_server import point_client_at

_AT_ONCE = 16
_DRAIN_SECONDS = 20.0
_LEAVE_SECONDS = 2.0
_NOISY = (
    "prefect.FlowRunSuspendingObserver",
    "prefect._internal.concurrency",
    "prefect.events.clients",
    "websockets.client",
)


def runner_identity(settings: Settings) -> str:
    """The same for every runner of this MUSTER_HOME on this host, one after another."""
    home = hashlib.sha256(str(settings.home_dir).encode()).hexdigest()[:8]
    return f"muster@{socket.gethostname()}/{home}"


def main() -> None:
    """Execute due runs until SIGTERM; runs under way are then given time to end."""
    die_with_parent()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    settings = load_settings()
    point_client_at(settings)
    from muster.services.orchestration.deploying import preload_flows
    from muster.services.orchestration.warm_runner import WarmRunner

    preload_flows()
    _quieten()  # after the imports: Prefect configures logging when imported
    beat = beat_file(settings)
    beat.parent.mkdir(parents=True, exist_ok=True)
    beat.unlink(missing_ok=True)
    runner = WarmRunner(
        runner_identity(settings), at_once=_AT_ONCE, drain_seconds=_DRAIN_SECONDS, beat=beat.touch
    )
    ended_well = threading.Event()

    def serve() -> None:
        asyncio.run(runner.serve())
        ended_well.set()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        runner.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    # Prefect's engine takes SIGTERM for itself in a main thread, and would crash the runs it interrupts
    worker = threading.Thread(target=serve, name="runner")
    worker.start()
    worker.join()
    code = 0 if ended_well.is_set() else 1
    _leave_within(_LEAVE_SECONDS, code)
    sys.exit(code)


def _leave_within(seconds: float, code: int) -> None:
    """Bounds what libraries do at exit: Prefect would go on sending events to a server that is away."""
    last = threading.Timer(seconds, os._exit, [code])
    last.daemon = True
    last.start()


def _quieten() -> None:
    """Leaves out what libraries say at length while the server is away: the runner says it in one line."""
    for name in ("httpx", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)  # else a line for every request
    # a line at the end of every task would be a record of its own in Prefect; its state says the same
    logging.getLogger("prefect.task_runs").setLevel(logging.WARNING)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(
        lambda record: "FlowRunSuspendingObserver" not in record.getMessage()
    )
    logging.raiseExceptions = False  # else Prefect's log shipping prints every failed batch


if __name__ == "__main__":
    main()
