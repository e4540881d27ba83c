"""Which package a command names, in the ways other clients write it."""

import pytest

from muster.gateway.mcp_servers import StdioServer
from muster.gateway.packages import Package, package_of


def named(*words: str, cwd: str | None = None) -> Package | None:
    return package_of(StdioServer("s", words[0], words[1:], cwd=cwd))


@pytest.mark.parametrize(
    ("words", "package"),
    [
        ("uvx mcp-time --zone UTC", Package("python", ("mcp-time",), "mcp-time", None, ("--zone", "UTC"))),
        ("uvx mcp-time@1.2", Package("python", ("mcp-time==1.2",), "mcp-time")),
        ("uvx mcp-time@latest", Package("python", ("mcp-time",), "mcp-time")),
        ("uvx mcp-time[x]>=1", Package("python", ("mcp-time[x]>=1",), "mcp-time")),
        (
            "uv tool run --python 3.12 --from mcp-tools --with extra run-it -v",
            Package("python", ("mcp-tools", "extra"), "run-it", None, ("-v",), "3.12"),
        ),
        ("/usr/bin/uvx --index=https://i mcp-time", Package("python", ("mcp-time",), "mcp-time")),
        ("pipx run --spec mcp-tools==1 run-it", Package("python", ("mcp-tools==1",), "run-it")),
        ("python -m mcp_time.server a", Package("python", ("mcp-time",), None, "mcp_time.server", ("a",))),
        ("python3.11 -m mcp_time", Package("python", ("mcp-time",), None, "mcp_time")),
        ("pip:mcp-time==1 a", Package("python", ("mcp-time==1",), None, None, ("a",))),
        ("npx -y @s/server@1 /data", Package("node", ("@s/server@1",), None, None, ("/data",))),
        ("npx --package=@s/tools run-it", Package("node", ("@s/tools",), "run-it")),
    ],
)
def test_a_package_is_recognised(words: str, package: Package) -> None:
    assert named(*words.split()) == package


@pytest.mark.parametrize(
    "words",
    ["/opt/venv/bin/python -m mcp_time", "python server.py", "node x.js", "docker run -i x", "uvx", "npx -y"],
)
def test_a_program_that_is_there_is_none(words: str) -> None:
    assert named(*words.split()) is None


def test_a_module_of_a_folder_of_its_own_is_none() -> None:
    assert named("python", "-m", "server", cwd="/srv/erp") is None
