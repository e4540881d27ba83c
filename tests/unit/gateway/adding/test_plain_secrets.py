"""Credentials that stand in an mcpServers JSON as they are: found, never shown, never written again."""

import pytest

from muster.gateway.adding.plain_secrets import plain_secrets, without_plain_secrets
from muster.gateway.errors import McpServersError
from muster.gateway.mcp_servers import Entry

SECRET = "ghp_0123456789abcdefghij"


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (Entry(command="x", env={"GITHUB_PERSONAL_ACCESS_TOKEN": "abc"}), "env"),
        (Entry(command="x", env={"HARMLESS": SECRET}), "env"),
        (Entry(url="https://x", headers={"Authorization": "Bearer abc"}), "headers"),
        (Entry(command="x", args=["--api-key", "abc"]), "args"),
        (Entry(command="x", args=["--token=abc"]), "args"),
        (Entry(command="x", args=[SECRET]), "args"),
        (Entry(url="https://me:abc@x/mcp"), "url"),
        (Entry(url="https://x/mcp?api_key=abc"), "url"),
    ],
)
def test_a_credential_is_found_wherever_it_stands(entry: Entry, place: str) -> None:
    assert [found.place for found in plain_secrets({"s": entry})] == [place]
    with pytest.raises(McpServersError) as caught:
        without_plain_secrets({"s": entry}, None, "f.json")
    assert "abc" not in f"{caught.value} {caught.value.do}"
    assert SECRET not in f"{caught.value} {caught.value.do}"


@pytest.mark.parametrize(
    "entry",
    [
        Entry(command="x", env={"GITHUB_TOKEN": "${GITHUB_TOKEN}", "TZ": "UTC"}),
        Entry(url="https://x", headers={"Authorization": "Bearer ${keyring:muster/x}"}),
        Entry(command="x", args=["--token", "${TOKEN}", "--tokens-per-page", "--verbose"]),
        Entry(command="npx", args=["-y", "@scope/server", "/data"]),
    ],
)
def test_a_reference_is_no_credential(entry: Entry) -> None:
    assert plain_secrets({"s": entry}) == []


def test_into_the_keyring_goes_the_credential_and_its_reference_stays() -> None:
    kept: dict[str, str] = {}
    entry = Entry(url="https://x", headers={"Authorization": f"Bearer {SECRET}", "X-Team": "a"})
    safe = without_plain_secrets(
        {"s": entry}, lambda service, name, value: kept.update({f"{service}/{name}": value}), "f"
    )
    assert kept == {"muster/s.Authorization": SECRET}
    assert safe["s"].headers == {"Authorization": "Bearer ${keyring:muster/s.Authorization}", "X-Team": "a"}


def test_what_others_can_read_is_not_saved_by_the_keyring() -> None:
    with pytest.raises(McpServersError, match="args of server s"):
        without_plain_secrets({"s": Entry(command="x", args=["--token=abc"])}, lambda *_: None, "f")
