"""Tries every escape on this machine and tells, from outside, whether it was contained."""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muster.sandbox.escapes import files, kernel, language, network, processes, resources
from muster.sandbox.escapes.attempt import Attempt, Where
from muster.sandbox.escapes.bait import Bait, laid_out, sandboxed_processes
from muster.sandbox.expressions import interpreter
from muster.sandbox.limits import DocumentLimits, ExpressionLimits, ProgramLimits, SandboxPolicy
from muster.sandbox.programs import run_program
from muster.sandbox.reader import DocumentReader, UnreadableDocumentError

ATTEMPTS: tuple[Attempt, ...] = (
    *network.ATTEMPTS,
    *processes.ATTEMPTS,
    *resources.ATTEMPTS,
    *files.ATTEMPTS,
    *kernel.ATTEMPTS,
    *language.ATTEMPTS,
)

SHORT = SandboxPolicy(
    expressions=ExpressionLimits(seconds=1.0),
    programs=ProgramLimits(wall_seconds=4.0, cpu_seconds=2),
    documents=DocumentLimits(wall_seconds=4.0, cpu_seconds=2),
    libraries=(),
)
"""The limits of a trial: shorter, so that a person waits less."""

_TAKEN_OVER = "muster.sandbox.escapes.taken_over"
_SPARE_SECONDS = 5.0
_BURIAL_SECONDS = 2.0
_SAID_CHARS = 160


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended."""

    attempt: str
    tries: str
    where: Where
    contained: bool
    how: str
    """What stopped it; what it got hold of, when nothing did."""
    took_ms: int


def try_all(policy: SandboxPolicy = SHORT) -> Iterator[Outcome]:
    """Every attempt at every place it can be made, each as soon as it is over.

    Raises:
        SandboxUnavailableError: this machine cannot isolate a program, so nothing is tried.
    """
    reader = DocumentReader(policy.documents, serving=_TAKEN_OVER)
    try:
        for attempt in ATTEMPTS:
            for where in attempt.where:
                yield try_one(attempt, where, reader, policy)
    finally:
        reader.close()


def try_one(attempt: Attempt, where: Where, reader: DocumentReader, policy: SandboxPolicy = SHORT) -> Outcome:
    """One attempt at one place, judged by what it says and by what is seen from outside.

    Args:
        reader: a reader whose parser obeys files (`muster.sandbox.escapes.taken_over`).

    Raises:
        SandboxUnavailableError: this machine cannot isolate a program.
    """
    if where == "reader":
        reader.read("html", b"1")  # it stands before, so that what is left behind can be told from it
    before, reading = sandboxed_processes(), reader.process_id
    with tempfile.TemporaryDirectory(prefix="muster-bait-") as folder, laid_out(Path(folder)) as bait:
        begun = time.monotonic()
        said = _said(attempt, where, bait, reader, policy)
        took = time.monotonic() - begun
        through = [*said.through, *bait.taken(json.dumps(said.everything))]
    longest = max(policy.programs.wall_seconds, policy.documents.wall_seconds, policy.expressions.seconds)
    if took > longest + _SPARE_SECONDS:
        through.append(f"it ran for {took:.0f} s")
    patience = _BURIAL_SECONDS + (policy.documents.wall_seconds if where == "reader" else 0)
    if left := _left_behind(before, patience):
        through.append(f"it left processes behind: {sorted(left)}")
    if where == "reader" and (reader.read("html", b"2") != "2" or reader.process_id != reading):
        through.append("it ended the reader of other files")
    return Outcome(
        attempt.name,
        attempt.tries,
        where,
        not through,
        ("; ".join(through) or said.how)[:_SAID_CHARS],
        round(took * 1000),
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What an attempt said of itself."""

    through: list[str]
    how: str
    everything: Any


def _said(attempt: Attempt, where: Where, bait: Bait, reader: DocumentReader, policy: SandboxPolicy) -> _Said:
    code = attempt.program(where)
    match where:
        case "program":
            answer = run_program(code, bait.inputs(policy, memory_mb=policy.programs.memory_mb), policy)
            return _judged(answer.result, answer.error, answer.as_json())
        case "reader":
            inputs = bait.inputs(policy, memory_mb=policy.documents.memory_mb)
            return _by_reader(
                reader, f"import json\nglobals().update(json.loads({json.dumps(inputs)!r}))\n{code}"
            )
        case "expression":
            value, error = asyncio.run(_interpreted(code, bait, policy))
            got = {"through": [repr(value)]} if value is not None and not error else None
            return _judged(got, error, [value, error])


def _by_reader(reader: DocumentReader, code: str) -> _Said:
    try:
        text = reader.read("html", code.encode())
    except UnreadableDocumentError as error:
        return _judged(None, error.what, error.what)
    with suppress(ValueError):
        return _judged(json.loads(text), None, text)
    return _judged(None, "its answer is no answer", text)


async def _interpreted(code: str, bait: Bait, policy: SandboxPolicy) -> tuple[Any, str | None]:
    async with interpreter(policy) as engine:
        answer = await engine.run(code, {"secret_path": str(bait.folder / "bait")})
    return answer.result, answer.error


def _judged(result: Any, error: str | None, everything: Any) -> _Said:
    if not isinstance(result, dict):
        return _Said([], (error or "it ended by itself, with nothing").strip().splitlines()[-1], everything)
    stopped = [f"{name}: {why.rpartition('] ')[2]}" for name, why in result.get("stopped", {}).items()]
    return _Said(list(result.get("through", ())), "; ".join(stopped), everything)


def _left_behind(before: set[int], seconds: float) -> set[int]:
    """Sandboxed processes that were not there before and do not go within `seconds`."""
    deadline = time.monotonic() + seconds
    while (left := sandboxed_processes() - before) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left
