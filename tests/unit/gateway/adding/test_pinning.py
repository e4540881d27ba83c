"""The installed version is written down, so that another machine gets the same."""

from pathlib import Path

import pytest

from muster.gateway.adding.pinning import pinned
from muster.gateway.environment import Receipt, launch_of, receipt_file
from muster.gateway.mcp_servers import Entry, StdioServer
from muster.gateway.packages import package_of


@pytest.mark.parametrize(
    ("command", "written"),
    [
        ("uvx mcp_time --zone UTC", "uvx mcp_time@1.2 --zone UTC"),
        ("uvx mcp-time@latest", "uvx mcp-time@1.2"),
        ("npx -y @s/srv /data", "npx -y @s/srv@3.4 /data"),
        ("pip:mcp-time a", "pip:mcp-time==1.2 a"),
        ("uvx mcp-time@1.0", "uvx mcp-time@1.0"),
        ("uvx --from mcp-time run-it", "uvx --from mcp-time@1.2 run-it"),
        ("python -m mcp_time", "python -m mcp_time"),
    ],
)
def test_a_version_is_written_where_none_was_named(tmp_path: Path, command: str, written: str) -> None:
    words = command.split()
    server = StdioServer("s", words[0], tuple(words[1:]), home=tmp_path)
    package = package_of(server)
    assert package is not None
    program = tmp_path / "program"
    program.touch(mode=0o755)
    receipt = Receipt(
        asked=package.requirements,
        command=(str(program),),
        versions={"mcp-time": "1.2", "@s/srv": "3.4"},
        environment="env-1",
    )
    receipt_file(tmp_path).write_text(receipt.model_dump_json())
    entry = pinned(Entry(command=words[0], args=words[1:]), server)
    assert [entry.command, *entry.args] == written.split()
    # what is installed already serves the entry as it is written now
    now = StdioServer("s", entry.command or "", tuple(entry.args), home=tmp_path)
    assert launch_of(now).command == str(program)
