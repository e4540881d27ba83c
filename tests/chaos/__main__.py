"""Run the fault test: `python -m tests.chaos --kills 1000 --seed 7`.

The demo company's queue is worked by the real services while a seeded schedule kills their processes.
Afterwards the record and the company's own books are compared; exit code 1 when something is wrong.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.record import Diary, Made, Terms
from tests.chaos.report import sentences, summary
from tests.chaos.run import Outcome, StuckError, run


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    chosen = _parser().parse_args(arguments)
    home = _own_environment()
    diary = Diary.resumed(chosen.resume) if chosen.resume else _begun(chosen, home)
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # else each broken connection is told
    began = time.monotonic()
    said_at = began

    def told(made: Made) -> None:
        nonlocal said_at
        if time.monotonic() - said_at > 5 or made.number == diary.terms.kills:
            said_at = time.monotonic()
            _say(f"  {len(diary.made)} kills, {said_at - began:.0f} s; number {made.number}: {made.victim}\n")

    _say(f"seed {diary.terms.seed}, {diary.terms.kills} kills; all of it is kept in {diary.folder}\n")
    try:
        outcome = asyncio.run(run(diary, told))
    except KeyboardInterrupt:
        _say(f"\nstopped after {len(diary.made)} kills; go on with: {_resume(diary)}\n")
        return 130
    except StuckError as error:
        _say(f"{error}\nreplay: {diary.terms.command()}\n")
        return 1
    _write(diary, outcome)
    if chosen.as_json:
        sys.stdout.write(json.dumps(summary(diary, outcome), indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(sentences(diary, outcome)) + "\n")
    return 1 if outcome.findings else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where everything of the run is kept; made when missing")
    parser.add_argument("--resume", type=Path, help="the folder of a run that was stopped")
    parser.add_argument("--light", action="store_true", help="without Prefect and its runner")
    parser.add_argument("--every", type=float, default=1.0, help="mean seconds between two kills")
    parser.add_argument("--lease", type=float, default=4.0, help="seconds a runner's lease holds")
    parser.add_argument("--workers", type=int, default=3, help="light runners")
    parser.add_argument(
        "--answer-after-ms",
        default="40:400",
        metavar="LEAST:MOST",
        help="how long the company's systems take to answer; none for at once",
    )
    parser.add_argument("--first", type=int, default=1, help="the first kill of the schedule to make")
    parser.add_argument("--json", dest="as_json", action="store_true", help="print JSON")
    return parser


def _own_environment() -> Path:
    """MUSTER_HOME; no other setting reaches the run, whose models are rehearsed whatever keys there are."""
    home = Path(os.environ.get("MUSTER_HOME", ".muster"))
    for name in [name for name in os.environ if name.startswith(("MUSTER_", "ANTHROPIC_"))]:
        del os.environ[name]
    return home


def _begun(chosen: argparse.Namespace, home: Path) -> Diary:
    terms = Terms(
        seed=chosen.seed,
        kills=chosen.kills,
        light=chosen.light,
        every_seconds=chosen.every,
        lease_seconds=chosen.lease,
        workers=chosen.workers,
        first=chosen.first,
        answer_after_ms="" if chosen.answer_after_ms == "none" else chosen.answer_after_ms,
    )
    folder = chosen.folder or home / "chaos" / time.strftime(f"seed-{terms.seed}-%Y%m%d-%H%M%S")
    return Diary.begun(folder.absolute(), terms)


def _resume(diary: Diary) -> str:
    return f"python -m tests.chaos --resume {diary.folder}"


def _write(diary: Diary, outcome: Outcome) -> None:
    (diary.folder / "report.json").write_text(json.dumps(summary(diary, outcome), indent=1) + "\n")
    (diary.folder / "trace.txt").write_text(outcome.trace)


def _say(text: str) -> None:
    """What goes on; the result alone is printed."""
    sys.stderr.write(text)


if __name__ == "__main__":
    sys.exit(main())
