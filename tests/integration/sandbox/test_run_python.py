"""The tool as an MCP client meets it, and the two engines behind it."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult, TextContent

from muster.core.settings import PROJECT_ROOT
from muster.sandbox.limits import ProgramLimits, SandboxPolicy
from muster.sandbox.programs import run_program
from tests.sandboxed import needs_sandbox


@asynccontextmanager
async def client(mode: str = "auto", path: str | None = None, *arguments: str) -> AsyncIterator[Client]:
    """A stock client of the server, which has hardly any environment."""
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "muster.sandbox.server", *arguments],
        cwd=PROJECT_ROOT,
        env={"PATH": path or os.environ["PATH"]},
    )
    async with Client(stdio_client(parameters), mode=mode) as opened:
        yield opened


def told(result: CallToolResult) -> dict[str, Any]:
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def text(result: CallToolResult) -> str:
    (part,) = result.content
    assert isinstance(part, TextContent)
    return part.text


@needs_sandbox
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_of_either_era_gets_the_value_of_the_last_expression(mode: str) -> None:
    async with client(mode) as python:
        (tool,) = (await python.list_tools()).tools
        assert tool.name == "run_python"
        small = await python.call_tool("run_python", {"code": "sum(xs)", "inputs": {"xs": [1, 2]}})
        assert told(small) == {"engine": "expression", "result": 3, "printed": "", "error": None}
        code = (
            "import polars as pl\nprint('hello')\n"
            "pl.DataFrame(rows).group_by('k').agg(pl.col('v').sum()).sort('k')"
        )
        rows = [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "a", "v": 3}]
        large = await python.call_tool(
            "run_python", {"code": code, "inputs": {"rows": rows}, "libraries": True}
        )
        assert told(large)["result"] == [{"k": "a", "v": 4}, {"k": "b", "v": 2}]
        assert told(large)["printed"] == "hello\n"


@needs_sandbox
async def test_an_error_of_the_program_is_an_answer_its_author_can_use() -> None:
    async with client() as python:
        for libraries in (False, True):
            result = await python.call_tool("run_python", {"code": "x = 1\n1 / 0", "libraries": libraries})
            assert result.is_error
            assert "line 2" in told(result)["error"]
            assert "ZeroDivisionError" in told(result)["error"]


@needs_sandbox
@pytest.mark.parametrize(
    "arguments",
    [
        {"code": " "},
        {"code": 1},
        {"code": "1", "inputs": [1]},
        {"code": "1", "inputs": {"__builtins__": {}}},
        {"code": "1", "libraries": "yes"},
        {"code": "1", "network": True},
        {"code": "x" * 60_000},
    ],
    ids=str,
)
async def test_arguments_of_another_form_are_refused(arguments: dict[str, Any]) -> None:
    async with client() as python:
        result = await python.call_tool("run_python", arguments)
        assert result.is_error
        assert text(result).startswith("not run: ")


async def test_where_nothing_can_isolate_every_call_is_refused(tmp_path: Path) -> None:
    async with client("auto", str(tmp_path)) as python:
        for libraries in (False, True):
            result = await python.call_tool("run_python", {"code": "1 + 1", "libraries": libraries})
            assert result.is_error
            assert "bubblewrap is not installed" in text(result)
            assert "apt install bubblewrap" in text(result)


@needs_sandbox
def test_nothing_is_kept_between_two_programs() -> None:
    policy = SandboxPolicy(libraries=())
    assert run_program("open('note', 'w').write('x')", {}, policy).result == 1
    assert run_program("import os\nos.listdir('.')", {}, policy).result == []


@needs_sandbox
def test_a_program_out_of_time_keeps_what_it_printed() -> None:
    policy = SandboxPolicy(programs=ProgramLimits(wall_seconds=2), libraries=())
    answer = run_program("print('here', flush=True)\nwhile True: pass", {}, policy)
    assert answer.printed == "here\n"
    assert answer.error == "it was ended: it ran longer than 2 s"


@needs_sandbox
def test_a_listed_library_is_there_and_another_is_not() -> None:
    policy = SandboxPolicy(libraries=("numpy",))
    assert run_program("import numpy\nnumpy.arange(3)", {}, policy).result == [0, 1, 2]
    assert "ModuleNotFoundError" in (run_program("import polars", {}, policy).error or "")
    assert "ModuleNotFoundError" in (run_program("import muster.core", {}, policy).error or "")
