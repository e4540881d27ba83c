"""Runs one program an agent wrote and hands out what it comes to."""

import ast
import json
import os
import sys
import traceback
from typing import Any

from muster.sandbox.inside.plain import plain

_NAME = "program.py"
_TRACE_CHARS = 4_000


def main(order: dict[str, Any]) -> None:
    """Read the program from standard input, run it, write its answer to the order's file descriptor."""
    with open(0, "rb", closefd=False) as file:
        job = json.load(file)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    answer = json.dumps(_answer(job["code"], job["inputs"])).encode()
    sys.stdout.flush()
    sys.stderr.flush()
    with open(order["answer_fd"], "wb") as file:
        file.write(answer)


def _answer(code: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The value of the last expression, or what went wrong."""
    names: dict[str, Any] = {"__name__": "__main__", **inputs}
    try:
        tree = ast.parse(code, _NAME)
        last = None
        if tree.body and isinstance(end := tree.body[-1], ast.Expr):
            last = end.value
            del tree.body[-1]
        exec(compile(tree, _NAME, "exec"), names)  # noqa: S102
        value = eval(compile(ast.Expression(last), _NAME, "eval"), names) if last else None  # noqa: S307
        return {"result": plain(value)}
    except SystemExit as error:
        return {"result": None} if error.code in {None, 0} else {"error": f"SystemExit: {error.code}"}
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is its answer
        return {"error": _told(error)}


def _told(error: BaseException) -> str:
    """The traceback as the program's author needs it: without our own lines."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != _NAME:
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    return "".join(lines)[-_TRACE_CHARS:].strip()
