"""What is written into people's files, and what stays as they wrote it."""

import json
from pathlib import Path

import pytest

from muster.gateway.adding.files import write_entries, write_registrations
from muster.gateway.errors import McpServersError, RegistrationError
from muster.gateway.mcp_servers import Entry, load_servers
from muster.gateway.registration import ToolRegistration, load_registration

READ = ToolRegistration(effect="read")
PAY = ToolRegistration.model_validate(
    {"effect": "money", "amount": "amount", "payee": ["iban"], "decided": {"kind": ["a", "b"]}}
)
TOOLS = """# what people confirmed

servers:
  shop:  # the shop
    get_order: {effect: read}   # harmless
    # moves money
    issue_refund:
      effect: money
      amount: amount
"""


def test_comments_and_everything_else_stay_and_what_was_confirmed_is_added(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(TOOLS)
    write_registrations(path, {"erp": {"pay": PAY}, "shop": {"track": READ}})
    text = path.read_text()
    assert [line for line in TOOLS.splitlines() if line not in text.splitlines()] == []
    registration = load_registration(path)
    assert registration.of("erp", "pay") == PAY
    assert registration.of("shop", "track") == READ
    assert registration.of("shop", "issue_refund") is not None


def test_what_was_said_of_a_tool_before_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(TOOLS)
    write_registrations(path, {"shop": {"get_order": PAY}})
    assert load_registration(path).of("shop", "get_order") == PAY


def test_a_missing_or_empty_file_is_made(tmp_path: Path) -> None:
    for path in (tmp_path / "new" / "tools.yaml", tmp_path / "empty.yaml"):
        path.parent.mkdir(exist_ok=True)
        if path.name == "empty.yaml":
            path.write_text("")
        write_registrations(path, {"s": {"t": READ}})
        assert load_registration(path).of("s", "t") == READ


def test_a_server_that_shares_its_tools_by_an_anchor_gets_its_own(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("servers:\n  a: &a\n    t: {effect: read}\n  b: *a\n")
    write_registrations(path, {"b": {"u": PAY}})
    registration = load_registration(path)
    assert registration.of("a", "u") is None
    assert registration.of("b", "t") == READ
    assert registration.of("b", "u") == PAY


def test_a_file_that_is_no_registration_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("servers: {s: {t: {effect: nothing}}}\n")
    with pytest.raises(RegistrationError):
        write_registrations(path, {"s": {"u": READ}})
    assert path.read_text() == "servers: {s: {t: {effect: nothing}}}\n"


SERVERS = """{
  // ours
  "mcpServers": {
    "shop": {"type": "http", "url": "http://x/mcp"}, /* the shop */
    "erp":   {"url": "http://{y}/mcp"}
  },
  "other": {"mcpServers": 1},
}
"""


def test_an_entry_is_added_and_the_rest_of_the_json_stays_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text(SERVERS)
    path.chmod(0o600)
    write_entries(path, {"time": Entry(command="uvx", args=["mcp-server-time"])})
    added = ',\n    "time": {"command": "uvx", "args": ["mcp-server-time"]}'
    assert path.read_text().replace(added, "") == SERVERS
    assert list(load_servers(path, {})) == ["shop", "erp", "time"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_entry_of_the_same_name_is_replaced_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text(SERVERS.replace('"shop"', '"Shop"'))
    write_entries(path, {"shop": Entry(url="http://z/mcp")})
    assert '"Shop": {"url": "http://z/mcp"}, /* the shop */' in path.read_text()


def test_the_first_entry_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mcp.json"
    write_entries(path, {"a": Entry(command="x")})
    write_entries(path, {"b": Entry(command="y", env={"LONG": "v" * 100})})
    assert json.loads(path.read_text()) == {
        "mcpServers": {"a": {"command": "x"}, "b": {"command": "y", "env": {"LONG": "v" * 100}}}
    }


def test_a_json_that_is_none_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text("{}")
    with pytest.raises(McpServersError):
        write_entries(path, {"a": Entry(command="x")})
    assert path.read_text() == "{}"
