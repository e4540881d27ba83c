"""The embedded Postgres as a service: started, tied to this process, and ended with it."""

import os
import signal
import sys
import threading

from muster.core.errors import MusterError
from muster.core.settings import load_settings
from muster.services.child import die_with_parent
from muster.services.database import embedded_postgres


def main() -> int:
    """The exit code, once told to stop or when the server ended by itself."""
    die_with_parent()
    told = threading.Event()
    for with_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(with_signal, lambda *_: told.set())
    server = embedded_postgres(load_settings())
    try:
        server.start()
    except MusterError as error:
        sys.stderr.write(f"error: {error}\n  do: {error.do or 'see the log'}\n")
        return error.exit_code
    sys.stdout.write(f"Postgres takes connections on port {server.port}; process {os.getpid()} watches it\n")
    while not told.wait(0.5):
        if server.returncode is not None:
            sys.stderr.write(f"error: Postgres ended by itself; see {server.log_path}\n")
            return 5
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
