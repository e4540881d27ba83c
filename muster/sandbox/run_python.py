"""The tool `run_python`: what it takes, and what it gives back."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from muster.sandbox.answer import Answer
from muster.sandbox.errors import ProgramRefusedError
from muster.sandbox.expressions import Interpreter, interpreter
from muster.sandbox.limits import SandboxPolicy
from muster.sandbox.programs import run_program

NAME = "run_python"
_CODE_CHARS = 50_000
_INPUT_BYTES = 1_000_000


def definition(policy: SandboxPolicy) -> dict[str, Any]:
    """The tool as a client lists it."""
    libraries = ", ".join(policy.libraries) or "none"
    return {
        "name": NAME,
        "title": "Run Python",
        "description": (
            "Runs a Python program and gives the value of its last expression. It has no network, no files "
            "and no secrets. Without libraries it is an expression or small program, at most "
            f"{policy.expressions.seconds:g} s; with libraries: true it is full Python with {libraries}, "
            f"at most {policy.programs.wall_seconds:g} s. Nothing is kept between two calls."
        ),
        "inputSchema": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "maxLength": _CODE_CHARS, "description": "The program."},
                "inputs": {
                    "type": "object",
                    "description": "Values it finds as variables of these names.",
                    "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
                },
                "libraries": {
                    "type": "boolean",
                    "default": False,
                    "description": f"Whether it needs full Python: the standard library, {libraries}.",
                },
            },
            "required": ["code"],
            "additionalProperties": False,
        },
        "outputSchema": {
            "type": "object",
            "properties": {
                "engine": {"enum": ["expression", "program"]},
                "result": {"description": "The value of the last expression; null when there is none."},
                "printed": {"type": "string"},
                "error": {"type": ["string", "null"]},
            },
            "required": ["engine", "result", "printed", "error"],
        },
        "annotations": {
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        },
    }


class PythonRunner:
    """Runs what the tool is asked for, some programs at a time."""

    def __init__(self, policy: SandboxPolicy, expressions: Interpreter) -> None:
        self._policy = policy
        self._expressions = expressions
        self._free = asyncio.Semaphore(policy.at_once)

    async def run(self, arguments: Mapping[str, Any]) -> Answer:
        """What the program in the tool's arguments came to.

        Raises:
            ProgramRefusedError: the arguments are not of the tool's form.
            SandboxUnavailableError: this machine cannot isolate it, so it was not run.
            SandboxBrokenError: the sandbox does not start.
        """
        code, inputs, libraries = _checked(arguments)
        async with self._free:
            if libraries:
                return await asyncio.to_thread(run_program, code, inputs, self._policy)
            return await self._expressions.run(code, inputs)


@asynccontextmanager
async def python_runner(policy: SandboxPolicy) -> AsyncIterator[PythonRunner]:
    """A runner, with its processes, for as long as the block lasts.

    Raises:
        SandboxUnavailableError: this machine cannot isolate a program.
    """
    async with interpreter(policy) as expressions:
        yield PythonRunner(policy, expressions)


def _checked(arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any], bool]:
    code, inputs = arguments.get("code"), arguments.get("inputs", {})
    libraries = arguments.get("libraries", False)
    if not isinstance(code, str) or not code.strip() or len(code) > _CODE_CHARS:
        raise ProgramRefusedError(f"code must be text of 1 to {_CODE_CHARS} characters", where="code")
    if not isinstance(inputs, dict) or not all(_is_name(name) for name in inputs):
        raise ProgramRefusedError(
            "inputs must be an object whose keys are names of variables", where="inputs"
        )
    if len(json.dumps(inputs)) > _INPUT_BYTES:
        raise ProgramRefusedError(f"inputs are larger than {_INPUT_BYTES} bytes", where="inputs")
    if not isinstance(libraries, bool):
        raise ProgramRefusedError("libraries must be true or false", where="libraries")
    if unknown := set(arguments) - {"code", "inputs", "libraries"}:
        raise ProgramRefusedError(f"there is no argument {min(unknown)}", where=NAME)
    return code, inputs, libraries


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and not name.startswith("_")
