"""The same gate without provenance: a value may come from anywhere, and no record is a stranger's."""

from collections.abc import Mapping
from typing import Any

from muster.demo.company.catalogue import CATALOGUE

_KEPT = ("effect", "amount", "currency", "default_currency", "payee", "recipient", "idempotency_key")


def ungated_registration(registration: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """tools.yaml and provenance.yaml under which nothing is held for where its values come from."""
    servers: dict[str, dict[str, Any]] = {}
    for server, tools in registration["servers"].items():
        servers[server] = {}
        for name, roles in tools.items():
            free = dict.fromkeys(_arguments(server, name), "any")
            servers[server][name] = {key: roles[key] for key in _KEPT if key in roles} | {"decided": free}
    known = {kind: ["*"] for kind in ("url", "email", "iban")}
    return {"servers": servers}, {"trusted_sources": ["*"], "known": known, "rules": []}


def _arguments(server: str, tool: str) -> list[str]:
    for each in CATALOGUE.get(server, ()):
        if each.name == tool:
            return list(each.arguments.model_fields)
    return []
