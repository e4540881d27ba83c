"""`python -m muster.models.rehearsal` serves the rehearsal until it is told to stop."""

from __future__ import annotations

import argparse
import socket
import sys

import uvicorn
from pydantic import ValidationError

from muster.models.rehearsal.server import RehearsalServer
from muster.models.rehearsal.settings import RehearsalSettings

_OPTIONS = {
    "host": str,
    "port": int,
    "seed": int,
    "latency_ms": float,
    "batch_seconds": float,
    "mistake_rate": float,
    "refusal_rate": float,
    "overload_rate": float,
    "rate_limit_rate": float,
    "obedience_rate": float,
    "max_body_bytes": int,
}
OPERATOR_ERROR = 3


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM or SIGINT; the exit code."""
    try:
        settings = _settings(arguments)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "a setting"
        sys.stderr.write(f"error: {name} cannot be used: {first['msg']}\n")
        sys.stderr.write(f"  do: correct --{name.replace('_', '-')} or MUSTER_REHEARSAL_{name.upper()}\n")
        return OPERATOR_ERROR
    listener = _listener(settings.host, settings.port)
    if listener is None:
        sys.stderr.write(f"error: port {settings.port} on {settings.host} is taken\n")
        sys.stderr.write("  do: stop what uses it, or set MUSTER_REHEARSAL_PORT to a free one\n")
        return OPERATOR_ERROR
    config = uvicorn.Config(
        RehearsalServer(settings).app(),
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _listener(host: str, port: int) -> socket.socket | None:
    """A socket listening there; None when the place is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        return None
    return listener


def _settings(arguments: list[str]) -> RehearsalSettings:
    """The settings of the environment, overridden by the command line."""
    parser = argparse.ArgumentParser(prog="python -m muster.models.rehearsal", description=__doc__)
    for name, kind in _OPTIONS.items():
        described = RehearsalSettings.model_fields[name].description
        parser.add_argument(f"--{name.replace('_', '-')}", type=kind, default=None, help=described)
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    return RehearsalSettings(**given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
