"""Runs expressions and small programs without libraries: interpreted, in a sandbox all the same."""

import os
import shlex
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pydantic_monty as monty

from muster.core.text import clean_text
from muster.sandbox import bubblewrap
from muster.sandbox.answer import Answer
from muster.sandbox.bounds import MEBIBYTE, Bounds, order_of
from muster.sandbox.errors import SandboxBrokenError, SandboxUnavailableError
from muster.sandbox.execution import FIRST_PID, joining
from muster.sandbox.groups import bounded
from muster.sandbox.inside.plain import plain
from muster.sandbox.limits import ExpressionLimits, SandboxPolicy
from muster.sandbox.room import INSIDE, interpreter_room
from muster.sandbox.seccomp import filter_bytes
from muster.sandbox.standing import required_way
from muster.sandbox.system_calls import this_machine

_INTERPRETER = f"{INSIDE}/monty"
_DISTRIBUTION = "pydantic-monty-runtime"
_FILTER_FD = 9
_SPARE_MB = 192
"""Address space of the interpreter itself, beside the values of what it runs."""
_KIBIBYTE = 1024


class Interpreter:
    """Interpreters kept ready; each runs one program and is thrown away."""

    def __init__(self, pool: monty.AsyncMonty, policy: SandboxPolicy) -> None:
        self._pool = pool
        self._limits = policy.expressions
        self._output_bytes = policy.programs.output_kb * _KIBIBYTE

    async def run(self, code: str, inputs: Mapping[str, Any]) -> Answer:
        """What the program came to; it sees `inputs` as variables.

        Raises:
            SandboxBrokenError: no interpreter could be started.
        """
        printed = monty.CollectString(max_bytes=self._output_bytes)
        try:
            async with self._pool.checkout(script_name="program.py", limits=_limits(self._limits)) as session:
                value = await session.feed_run(code, inputs=dict(inputs), print_callback=printed)
            return Answer(engine="expression", result=plain(value), printed=clean_text(printed.output))
        except (monty.MontySyntaxError, monty.MontyRuntimeError) as error:
            told = clean_text(error.display())
            return Answer(engine="expression", printed=clean_text(printed.output), error=told)
        except monty.MontyCrashedError as error:
            if not getattr(error, "timed_out", True):
                raise SandboxBrokenError(
                    "the interpreter ended without an answer", where="sandbox"
                ) from error
            return Answer(engine="expression", error="it was ended: it used more time or memory than it may")
        except monty.MontyError as error:
            return Answer(engine="expression", error=clean_text(str(error)))


@asynccontextmanager
async def interpreter(policy: SandboxPolicy) -> AsyncIterator[Interpreter]:
    """An interpreter whose processes are sandboxed, ended with the block.

    Raises:
        SandboxUnavailableError: this machine cannot isolate it, so nothing is run.
        SandboxBrokenError: it does not start.
    """
    way, program, machine = required_way(), bubblewrap.bubblewrap(), this_machine()
    if program is None or machine is None:
        raise SandboxUnavailableError("this machine cannot isolate a program", do="see `muster doctor`")
    bounds = _bounds(policy)
    room = interpreter_room({_INTERPRETER: _binary()})
    order = order_of(way, bounds, {"program": [_INTERPRETER]})
    with (
        tempfile.TemporaryDirectory(prefix="muster-sandbox-") as folder,
        bounded(policy.at_once * bounds.memory_bytes, policy.at_once * bounds.tasks) as groups,
    ):
        command = bubblewrap.command(program, room, way, order, _FILTER_FD, with_parent=False)
        launcher = _launcher(
            Path(folder), joining(groups, command), filter_bytes(machine, only_pid=FIRST_PID)
        )
        async with monty.AsyncMonty(
            binary_path=launcher, max_processes=policy.at_once, max_checkouts_per_worker=1
        ) as pool:
            yield Interpreter(pool, policy)


def _launcher(folder: Path, command: list[str], rules: bytes) -> Path:
    """A program that runs `command` with the filter open and whatever arguments it gets itself."""
    filter_file, launcher = folder / "filter", folder / "monty"
    filter_file.write_bytes(rules)
    quoted = shlex.quote(str(filter_file))
    launcher.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@" {_FILTER_FD}<{quoted}\n')
    launcher.chmod(0o700)
    return launcher


def _binary() -> Path:
    """The interpreter that is installed beside this Python.

    Raises:
        SandboxBrokenError: it is not there.
    """
    try:
        installed = distribution(_DISTRIBUTION)
    except PackageNotFoundError:
        installed = None
    for file in (installed.files if installed else None) or ():
        path = Path(str(file.locate())).resolve()
        if path.name == "monty" and os.access(path, os.X_OK):
            return path
    raise SandboxBrokenError("the interpreter is not installed", where=_DISTRIBUTION, do="`make setup`")


def _bounds(policy: SandboxPolicy) -> Bounds:
    limits = policy.expressions
    return Bounds(
        wall_seconds=limits.seconds,
        cpu_seconds=int(limits.seconds) + 2,
        memory_bytes=(limits.memory_mb + _SPARE_MB) * MEBIBYTE,
        tasks=8,
        open_files=32,
        file_bytes=0,
        output_bytes=0,
    )


def _limits(limits: ExpressionLimits) -> monty.ResourceLimits:
    return monty.ResourceLimits(
        max_feed_duration_secs=limits.seconds,
        max_memory=limits.memory_mb * MEBIBYTE,
        max_recursion_depth=limits.calls_deep,
        max_suspensions=10,
        max_total_sleep_secs=0.0,
    )
