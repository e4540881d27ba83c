"""The models the rehearsal lists; it answers for any name it is asked by."""

from __future__ import annotations

from typing import Any

from muster.models.rehearsal.wire import ApiError

_NAMES = {
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "claude-haiku-5-5": "Claude Haiku 5.5",
}


def listing() -> dict[str, Any]:
    """The body of GET /v1/models."""
    names = list(_NAMES)
    return {
        "data": [entry(name) for name in names],
        "has_more": False,
        "first_id": names[0],
        "last_id": names[-1],
    }


def entry(name: str) -> dict[str, Any]:
    """The body of GET /v1/models/{name}.

    Raises:
        ApiError: 404, when there is no such model.
    """
    if name not in _NAMES:
        raise ApiError(404, "not_found_error", f"model: {name}")
    return {
        "type": "model",
        "id": name,
        "display_name": f"{_NAMES[name]} (rehearsal)",
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
    }
