"""A document reader whose parser the file has taken over: the file is a program, and it is run.

It shows what a stranger who found a hole in a parser could do from there.
"""

import ast
import json
from collections.abc import Mapping
from typing import Any

from muster.sandbox.documents.serving import serve


def main(order: Mapping[str, Any]) -> None:
    """Serve like the real reader, but obey every file."""
    serve(order, _obey)


def _obey(_job: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    names: dict[str, Any] = {}
    tree = ast.parse(data)
    end = tree.body[-1]
    assert isinstance(end, ast.Expr)
    del tree.body[-1]
    exec(compile(tree, "file", "exec"), names)  # noqa: S102
    return {"text": json.dumps(eval(compile(ast.Expression(end.value), "file", "eval"), names))}  # noqa: S307
