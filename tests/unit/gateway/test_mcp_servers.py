"""The ecosystem's own mcpServers JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from muster.core.settings import Settings
from muster.gateway.errors import McpServersError
from muster.gateway.mcp_servers import HttpServer, Server, StdioServer, load_servers, variables


def loaded(folder: Path, servers: dict[str, Any], **values: str) -> dict[str, Server]:
    path = folder / "mcp.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    return load_servers(path, values)


def test_a_command_and_a_url_as_other_clients_write_them(tmp_path: Path) -> None:
    servers = loaded(
        tmp_path,
        {
            "time": {"command": "uvx", "args": ["mcp-server-time"], "env": {"TZ": "UTC"}, "timeout": 5},
            "GitHub Copilot": {"type": "http", "url": "https://example.com/mcp", "headers": {"X-Key": "1"}},
            "off": {"command": "x", "disabled": True},
        },
    )
    assert servers == {
        "time": StdioServer("time", "uvx", ("mcp-server-time",), {"TZ": "UTC"}),
        "github-copilot": HttpServer("github-copilot", "https://example.com/mcp", {"X-Key": "1"}),
    }


def test_variables_are_filled_in_everywhere(tmp_path: Path) -> None:
    entry = {"command": "${HOME_DIR}/run", "args": ["${PORT:-80}"], "env": {"KEY": "a-${KEY}"}}
    servers = loaded(tmp_path, {"s": entry}, HOME_DIR="/opt", KEY="s3cret")
    assert servers["s"] == StdioServer("s", "/opt/run", ("80",), {"KEY": "a-s3cret"})


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    servers = loaded(
        tmp_path,
        {
            "a": {"url": "http://x", "headers": {"Authorization": "${KEY}"}},
            "b": {"command": "x", "env": {"K": "${KEY}"}},
        },
        KEY="s3cret",
    )
    assert "s3cret" not in repr(servers)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"command": "${NOT_SET}"}, "NOT_SET is not set"),
        ({"args": []}, "neither a url nor a command"),
        ({"command": 5}, "command"),
    ],
)
def test_a_server_that_cannot_be_made_is_named(tmp_path: Path, entry: dict[str, Any], complaint: str) -> None:
    with pytest.raises(McpServersError, match=complaint):
        loaded(tmp_path, {"s": entry})


def test_two_names_that_become_one_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(McpServersError, match="same name"):
        loaded(tmp_path, {"My Shop": {"url": "http://a"}, "my-shop": {"url": "http://b"}})


def test_what_is_no_json_says_where(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text('{\n"mcpServers": {,}}')
    with pytest.raises(McpServersError, match=r"mcp\.json:2"):
        load_servers(path, {})


def test_settings_say_where_our_own_services_are(tmp_path: Path) -> None:
    found = variables(Settings(home=tmp_path, company_port=9))
    assert found["MUSTER_COMPANY_URL"] == "http://127.0.0.1:9"
    assert found["MUSTER_HOME"] == str(tmp_path)
