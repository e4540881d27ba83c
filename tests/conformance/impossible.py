"""Checks no gateway can pass, because what is behind it has no such thing: kept apart from lost ones."""

from typing import Final

from tests.conformance.rig import Transport

_KEYS = "a 2025 server asks live: its question has no key of its own, which a 2026 client could see"
_ONE_BY_ONE = "a 2025 server asks one question after the other, never several in one answer"
_NO_STREAM = "over stdio a call has no stream of its own that the system could close"

IMPOSSIBLE: Final[dict[tuple[Transport, str], dict[tuple[str, str], str]]] = {
    ("http-2025", "2026-07-28"): {
        ("input-required-result-basic-elicitation", "sep-2322-elicitation-incomplete"): _KEYS,
        ("input-required-result-basic-elicitation", "sep-2322-elicitation-complete"): _KEYS,
        ("input-required-result-multiple-input-requests", "sep-2322-multiple-inputs-incomplete"): _ONE_BY_ONE,
        ("input-required-result-multiple-input-requests", "sep-2322-multiple-inputs-complete"): _ONE_BY_ONE,
    },
    ("stdio", "2025-11-25"): {("server-sse-polling", "server-sse-disconnect-resume"): _NO_STREAM},
}
"""By upstream transport and the caller's protocol: the scenario and check, and why."""
