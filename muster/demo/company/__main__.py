"""Run the company's business systems: `python -m muster.demo.company --port 8702 --database FILE`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from muster.core.clock import SystemClock
from muster.core.errors import MusterError
from muster.demo.company.books import open_books, seed
from muster.demo.company.pace import Pace
from muster.demo.company.server import build_app
from muster.services.ports import require_free

_STOP_AFTER_SECONDS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, once the process was told to stop."""
    parser = argparse.ArgumentParser(prog="python -m muster.demo.company", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True, help="SQLite file; made when it is not there")
    parser.add_argument("--seed-from", type=Path, help="a company.json whose master data is added first")
    parser.add_argument(
        "--answer-after-ms", metavar="LEAST:MOST", help="how long each tool takes; default none"
    )
    parser.add_argument(
        "--answer-seed", type=int, default=0, help="decides how long, and what is booked when"
    )
    chosen = parser.parse_args(arguments)
    pace = None
    try:
        if chosen.answer_after_ms:
            pace = Pace.parsed(chosen.answer_after_ms, chosen.answer_seed)
        require_free(chosen.host, chosen.port, "MUSTER_COMPANY_PORT")
        books = open_books(chosen.database)
        if chosen.seed_from:
            seed(books, chosen.seed_from)
    except MusterError as error:
        sys.stderr.write(f"error: {error}\n  do: {error.do or 'look at the file'}\n")
        return error.exit_code
    app = build_app(books, SystemClock(), host=chosen.host, pace=pace)
    config = uvicorn.Config(
        app,
        host=chosen.host,
        port=chosen.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_STOP_AFTER_SECONDS,
    )
    uvicorn.Server(config).run()
    books.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
