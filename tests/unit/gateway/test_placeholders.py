"""What is filled in for `${...}`, what is refused, and what is remembered as a credential."""

import sys
from types import ModuleType

import pytest

from muster.gateway import keyring_secrets
from muster.gateway.errors import McpServersError
from muster.gateway.placeholders import Filling, has_placeholder, looks_secret


class KeyringError(Exception):
    """What the library raises."""


class Backend:
    """A keyring in memory."""

    priority = 5

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        if service == "locked":
            raise KeyringError("s3cret")
        return self.secrets.get((service, name))

    def set_password(self, service: str, name: str, value: str) -> None:
        self.secrets[service, name] = value


class PlaintextKeyring(Backend):
    """One that would write secrets into a file as they are."""


class Chain(Backend):
    """Several behind one."""

    def __init__(self, *backends: Backend) -> None:
        super().__init__()
        self.backends = list(backends)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, Backend]:
    """The keyring library with a backend of the test's choice."""
    chosen: dict[str, Backend] = {"now": Backend()}
    library, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    library.get_keyring = lambda: chosen["now"]  # type: ignore[attr-defined]
    errors.KeyringError = KeyringError  # type: ignore[attr-defined]
    library.errors = errors  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return chosen


def filling(**variables: str) -> Filling:
    return Filling(variables, "f.json: s")


def test_variables_as_each_client_writes_them() -> None:
    fill = filling(A="1", B="2")
    assert fill.plain("${A}-${env:B}-${C:-3}-${userHome}${/}x").startswith("1-2-3-/")
    assert fill.secrets == set()


def test_what_only_an_editor_knows_and_what_is_not_set_are_refused_by_name() -> None:
    with pytest.raises(McpServersError, match="editor only"):
        filling().plain("${workspaceFolder}/x")
    with pytest.raises(McpServersError, match="C is not set"):
        filling().private("X", "${C}")


@pytest.mark.parametrize(
    ("name", "text", "secrets"),
    [
        ("API_KEY", "${A}", {"s3cret-value"}),
        ("Authorization", "Bearer ${A}", {"s3cret-value"}),
        ("DATABASE", "${DSN}", {"postgres://u:passw0rd@h/d", "passw0rd"}),
        ("API_KEY", "literal-value", {"literal-value"}),
        ("TZ", "${TZ}", set()),
        ("API_KEY", "${SHORT}", set()),
    ],
)
def test_credentials_are_remembered_and_other_values_are_not(name: str, text: str, secrets: set[str]) -> None:
    fill = filling(A="s3cret-value", DSN="postgres://u:passw0rd@h/d", TZ="Europe/Paris", SHORT="abc")
    fill.private(name, text)
    assert fill.secrets == secrets
    assert "s3cret" not in repr(fill).replace("'A': 's3cret-value'", "")


def test_names_that_speak_of_credentials() -> None:
    assert all(
        map(looks_secret, ["GITHUB_TOKEN", "X-Api-Key", "Authorization", "DB_PASSWORD", "GH_PAT", "Cookie"])
    )
    assert not any(map(looks_secret, ["TZ", "AUTHOR", "PATH", "X-Team", "LOG_LEVEL"]))


def test_a_secret_of_the_keyring_is_filled_in_where_nobody_else_reads_it(keyring: dict[str, Backend]) -> None:
    keyring["now"].set_password("muster", "shop.API", "s3cret-value")
    fill = filling()
    assert has_placeholder("${keyring:muster/shop.API}")
    assert fill.private("Authorization", "Bearer ${keyring:muster/shop.API}") == "Bearer s3cret-value"
    assert fill.secrets == {"s3cret-value"}
    with pytest.raises(McpServersError, match="others read it"):
        fill.plain("--token=${keyring:muster/shop.API}")


def test_a_keyring_that_has_it_not_or_does_not_open_says_so_without_its_words(
    keyring: dict[str, Backend],
) -> None:
    with pytest.raises(McpServersError, match="has no keyring:muster/x"):
        filling().private("X", "${keyring:muster/x}")
    with pytest.raises(McpServersError) as caught:
        filling().private("X", "${keyring:locked/x}")
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert keyring


def test_a_keyring_of_plain_text_is_never_used(keyring: dict[str, Backend]) -> None:
    keyring["now"] = PlaintextKeyring()
    keyring["now"].set_password("muster", "x", "v")
    with pytest.raises(McpServersError, match="no keyring that keeps secrets"):
        filling().private("X", "${keyring:muster/x}")
    safe = Backend()
    keyring["now"] = Chain(keyring["now"], safe)
    keyring_secrets.keep("muster", "x", "w")
    assert safe.secrets == {("muster", "x"): "w"}
    assert filling().private("X", "${keyring:muster/x}") == "w"


def test_without_the_library_the_reference_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(McpServersError, match="the library keyring is not installed"):
        filling().private("X", "${keyring:muster/x}")
