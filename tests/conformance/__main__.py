"""The conformance harness of the MCP project, direct against through the gateway.

Run: `python -m tests.conformance [--json] [--suite NAME] [--upstream HOW] [--scenario NAME]`.

Direct is always the fixture over HTTP with both eras, whatever stands behind the gateway: the harness speaks
only HTTP. Exit code 1 when a check is lost.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.conformance import harness
from tests.conformance.forwarder import forwarding
from tests.conformance.harness import SUITES, HarnessError, Outcome, Suite
from tests.conformance.impossible import IMPOSSIBLE
from tests.conformance.rig import TRANSPORTS, Transport, database, fixture, gateway

NO_HARNESS: Final = 3
"""The exit code where the harness cannot be installed or does not run to its end."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One suite, direct and through the gateway."""

    suite: Suite
    upstream: Transport
    direct: Outcome
    through: Outcome

    @property
    def lost(self) -> list[str]:
        """Checks lost on the way, with the harness's words."""
        return [
            f"{': '.join(check)}: {words}" for check, words in self._missing() if check not in self._apart
        ]

    @property
    def impossible(self) -> list[str]:
        """Checks that cannot be passed over this transport, with the reason."""
        return [
            f"{': '.join(check)}: {self._apart[check]}"
            for check, _ in self._missing()
            if check in self._apart
        ]

    @property
    def _apart(self) -> dict[tuple[str, str], str]:
        return IMPOSSIBLE.get((self.upstream, self.suite.protocol), {})

    def _missing(self) -> Iterable[tuple[tuple[str, str], str]]:
        return self.direct.lost_to(self.through).items()

    def as_json(self) -> dict[str, object]:
        """The comparison for machines."""
        return {
            "harness": self.suite.harness,
            "protocol": self.suite.protocol,
            "upstream": self.upstream,
            "direct": {"passed": self.direct.passed, "failed": self.direct.failed},
            "through": {
                "passed": self.through.passed,
                "failed": self.through.failed,
                "warned": self.through.warned,
            },
            "lost": self.lost,
            "impossible": self.impossible,
        }


async def compared(
    suites: Sequence[Suite],
    transports: Sequence[Transport],
    *,
    scenarios: Sequence[str] = (),
    trace: Path | None = None,
) -> list[Comparison]:
    """Every suite over every transport; the direct run of a suite is made once.

    Raises:
        HarnessError: the harness cannot be run.
    """
    made = []
    async with fixture() as port:
        url = f"http://localhost:{port}/mcp"
        direct = {suite: await harness.run(suite, url, scenarios=scenarios) for suite in suites}
    for transport in transports:
        with TemporaryDirectory() as name, database(Path(name)) as database_url:
            async with (
                gateway(Path(name) / "gateway", database_url, transport) as front,
                forwarding(front.port, front.token, trace=trace) as port,
            ):
                url = f"http://localhost:{port}{front.path}"
                for suite in suites:
                    through = await harness.run(suite, url, scenarios=scenarios)
                    made.append(Comparison(suite, transport, direct[suite], through))
    return made


async def _serve(transport: Transport) -> None:
    """The gateway for tries by hand, until Ctrl-C."""
    with TemporaryDirectory() as name, database(Path(name)) as database_url:
        async with (
            gateway(Path(name) / "gateway", database_url, transport) as front,
            forwarding(front.port, front.token) as port,
        ):
            sys.stdout.write(f"http://127.0.0.1:{port}{front.path} adds the token {front.token}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()


def table(made: Sequence[Comparison]) -> str:
    """The comparisons for people."""
    lines = [
        "direct:  the harness against the fixture itself, over HTTP and with both eras",
        "gateway: the harness against the gateway over HTTP, the same fixture behind it as `upstream` says:",
        "         http (both eras), http-2025 (only the 2025 era), stdio (a subprocess); the harness itself",
        "         speaks only HTTP, so all three are held against the same direct run",
        "passed/failed; impossible: the system behind has no such thing, see the reasons below",
        "",
        f"{'harness':<15} {'protocol':<11} {'upstream':<10} {'direct':>8} {'gateway':>9} {'lost':>5}"
        f" {'impossible':>11}",
    ]
    lines += [
        f"{one.suite.harness:<15} {one.suite.protocol:<11} {one.upstream:<10} "
        f"{one.direct.passed:>5}/{one.direct.failed:<2} {one.through.passed:>6}/{one.through.failed:<2} "
        f"{len(one.lost):>5} {len(one.impossible):>11}"
        for one in made
    ]
    for one in made:
        where = f"{one.suite.name}, {one.upstream}:"
        lines += ["", f"lost, {where}", *one.lost] if one.lost else []
        lines += ["", f"impossible, {where}", *one.impossible] if one.impossible else []
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    suites = {suite.name: suite for suite in SUITES}
    parser.add_argument("--suite", choices=suites, action="append", help="only this one; repeatable")
    parser.add_argument("--upstream", choices=TRANSPORTS, action="append", help="only this one; repeatable")
    parser.add_argument("--scenario", action="append", default=[], help="only this one; repeatable")
    parser.add_argument("--trace", type=Path, help="append what is said through the gateway to this file")
    parser.add_argument("--install", action="store_true", help="only install the harness")
    parser.add_argument("--serve", choices=TRANSPORTS, help="only run the gateway, for tries by hand")
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    try:
        if given.install:
            harness.installed()
            return 0
        if given.serve is not None:
            asyncio.run(_serve(given.serve))
            return 0
        chosen = [suites[name] for name in given.suite or suites]
        made = asyncio.run(
            compared(chosen, given.upstream or TRANSPORTS, scenarios=given.scenario, trace=given.trace)
        )
    except HarnessError as error:
        sys.stderr.write(f"error: {error}\n")
        return NO_HARNESS
    except KeyboardInterrupt:
        return 130
    rows = [one.as_json() for one in made]
    sys.stdout.write((json.dumps(rows, indent=1) if given.as_json else table(made)) + "\n")
    return 1 if any(one.lost for one in made) else 0


if __name__ == "__main__":
    sys.exit(main())
