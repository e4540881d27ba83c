"""What a person can point at, and what the server is called then."""

import json
from pathlib import Path

import pytest

from muster.gateway.adding.sources import SourceError, from_command, from_json, from_url, pairs

NOWHERE = Path("/nowhere")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["uvx mcp-server-time --local-timezone UTC"], "time"),
        (["uvx", "mcp-server-git@2026.1"], "git"),
        (["npx", "-y", "@modelcontextprotocol/server-filesystem@1.2", "/data"], "filesystem"),
        (["python", "-m", "mcp_server_fetch"], "fetch"),
        (["pip:stripe-mcp==1.0"], "stripe"),
        (["node", "build/index.js"], "index"),
        (["/opt/erp/serve"], "serve"),
    ],
)
def test_a_command_is_called_after_its_package_or_program(command: list[str], name: str) -> None:
    assert list(from_command(command, name=None, env={}, folder=NOWHERE).entries) == [name]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://mcp.linear.app/mcp", "linear"),
        ("https://api.example.com/v1/mcp", "example"),
        ("http://127.0.0.1:8702/shop/mcp", "shop"),
        ("http://localhost:8702/erp/mcp", "erp"),
    ],
)
def test_an_address_is_called_after_its_host(url: str, name: str) -> None:
    given = from_url(url, name=None, headers={"X": "1"})
    assert {key: (entry.url, entry.headers) for key, entry in given.entries.items()} == {
        name: (url, {"X": "1"})
    }


def test_what_gives_no_name_asks_for_one() -> None:
    with pytest.raises(SourceError, match="no name"):
        from_url("http://127.0.0.1/mcp", name=None, headers={})
    assert list(from_url("http://127.0.0.1/mcp", name="Shop 1", headers={}).entries) == ["shop-1"]


def test_a_path_in_an_argument_is_meant_from_where_the_file_is(tmp_path: Path) -> None:
    (tmp_path / "server.py").touch()
    servers = {"a": {"command": "python", "args": ["server.py"]}, "b": {"command": "uvx", "args": ["x"]}}
    text = json.dumps({"mcpServers": servers})
    entries = from_json(text, "f.json", folder=tmp_path).entries
    assert (entries["a"].cwd, entries["b"].cwd) == (str(tmp_path), None)


def test_of_a_json_only_the_named_servers_are_taken_and_foreign_keys_are_told() -> None:
    text = (
        '{"numStartups": 3, "mcpServers": {"a": {"command": "x", "alwaysAllow": ["t"], "timeout": 5},'
        ' "b": {"command": "y"}, "off": {"command": "z", "disabled": true}}}'
    )
    given = from_json(text, "f.json", only=["a"])
    assert list(given.entries) == ["a"]
    assert given.ignored == {"a": ["alwaysAllow", "timeout"]}
    with pytest.raises(SourceError, match="no server off"):
        from_json(text, "f.json", only=["off"])
    with pytest.raises(SourceError, match="no server in it"):
        from_json('{"mcpServers": {}}', "f.json")


def test_a_pair_without_its_sign_is_refused_and_not_shown() -> None:
    assert pairs(["Authorization: Bearer ${T}"], ":", "--header") == {"Authorization": "Bearer ${T}"}
    with pytest.raises(SourceError) as caught:
        pairs(["s3cret"], "=", "--env")
    assert "s3cret" not in str(caught.value)
