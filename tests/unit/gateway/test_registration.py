"""The registration of tools."""

from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.gateway.errors import RegistrationError
from muster.gateway.registration import Registration, ToolRegistration, load_registration


def test_a_tool_nobody_named_is_not_registered() -> None:
    registration = Registration(servers={"shop": {"get": ToolRegistration(effect="read")}})
    assert registration.of("shop", "get") is not None
    assert registration.of("shop", "set") is None
    assert registration.of("other", "get") is None


def test_a_star_stands_for_every_tool_that_is_not_named() -> None:
    stars = {"*": ToolRegistration(effect="read"), "set": ToolRegistration(effect="write")}
    registration = Registration(servers={"shop": stars})
    effects = {name: getattr(registration.of("shop", name), "effect", None) for name in ("get", "set")}
    assert effects == {"get": "read", "set": "write"}


def test_a_misspelt_effect_is_an_error_that_names_the_tool(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text("servers: {shop: {get: {effect: reads}}}")
    with pytest.raises(RegistrationError, match=r"servers\.shop\.get\.effect"):
        load_registration(path)


def test_the_demo_companys_money_can_all_be_judged() -> None:
    registration = load_registration(PROJECT_ROOT / "data" / "demo" / "tools.yaml")
    for server, tools in registration.servers.items():
        for name, tool in tools.items():
            if tool.effect == "money":
                assert tool.amount, (server, name)
                assert tool.payee, (server, name)
