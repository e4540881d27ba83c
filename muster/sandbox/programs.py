"""Runs programs that need libraries: each as a Python process of its own in a sandbox of its own."""

import json
from collections.abc import Mapping
from typing import Any

from muster.core.text import clean_text
from muster.sandbox.answer import Answer
from muster.sandbox.bounds import MEBIBYTE, Bounds
from muster.sandbox.execution import Ended, run
from muster.sandbox.limits import SandboxPolicy
from muster.sandbox.packages import places
from muster.sandbox.room import program_room
from muster.sandbox.standing import required_way

_KIBIBYTE = 1024
_LAST_WORDS_CHARS = 2_000
_BY_SIGNAL = {
    128 + 24: "it used more processor time than it may",
    128 + 9: "it used more memory or processor time than it may",
    128 + 11: "it crashed (segmentation fault)",
    128 + 6: "it aborted",
    128 + 31: "it made a system call that is forbidden",
    128 + 25: "it wrote a larger file than it may",
}


def run_program(code: str, inputs: Mapping[str, Any], policy: SandboxPolicy) -> Answer:
    """What the program came to; it sees `inputs` as variables, and the libraries of the policy.

    Raises:
        SandboxUnavailableError: this machine cannot isolate it, so it was not run.
        SandboxPolicyError: a library of the policy is not installed.
    """
    way = required_way()
    room = program_room(places(policy.libraries), work_bytes=policy.programs.work_mb * MEBIBYTE)
    job = json.dumps({"code": code, "inputs": dict(inputs)}).encode()
    ended = run(room, way, bounds(policy), {"module": "muster.sandbox.inside.program"}, job)
    return _answer(ended, policy)


def bounds(policy: SandboxPolicy) -> Bounds:
    """The limits of one program."""
    limits = policy.programs
    return Bounds(
        wall_seconds=limits.wall_seconds,
        cpu_seconds=limits.cpu_seconds,
        memory_bytes=limits.memory_mb * MEBIBYTE,
        tasks=limits.threads,
        open_files=limits.open_files,
        file_bytes=limits.work_mb * MEBIBYTE,
        output_bytes=limits.output_kb * _KIBIBYTE,
    )


def _answer(ended: Ended, policy: SandboxPolicy) -> Answer:
    most = policy.programs.output_kb * _KIBIBYTE
    printed = clean_text((ended.printed + ended.complained)[:most].decode("utf-8", "replace"))
    try:
        told: Any = json.loads(ended.answered) if ended.why == "ended" else None
        result, error = told.get("result"), told.get("error")
    except (ValueError, AttributeError, RecursionError):
        return Answer(engine="program", printed=printed, error=_without_answer(ended, policy))
    return Answer(engine="program", result=result, printed=printed, error=error and clean_text(str(error)))


def _without_answer(ended: Ended, policy: SandboxPolicy) -> str:
    match ended.why:
        case "wall":
            return f"it was ended: it ran longer than {policy.programs.wall_seconds:g} s"
        case "output":
            return f"it was ended: it said more than {policy.programs.output_kb} KiB"
        case _:
            how = _BY_SIGNAL.get(ended.exit_code, f"it ended with code {ended.exit_code} and no answer")
            said = ended.complained.decode("utf-8", "replace").strip()[-_LAST_WORDS_CHARS:]
            return f"it was ended: {how}" + (f"\n{clean_text(said)}" if said else "")
