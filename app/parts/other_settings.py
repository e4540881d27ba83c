"""The other settings of a question about the past, kept in the address so that an answer can be sent."""

from typing import Any, Final

import streamlit as st

from muster.whatif.question import Question

_NUMBERS: Final[dict[str, dict[str, Any]]] = {
    "confidence_below": {
        "label": "Confidence under which a person is asked",
        "min_value": 0.0,
        "max_value": 1.0,
        "step": 0.01,
    },
    "tool_calls_over": {"label": "Tool calls over which a person is asked", "min_value": 1, "step": 1},
    "commit_below": {
        "label": "An agent alone commits less than",
        "min_value": 0.01,
        "step": 50.0,
        "format": "%.2f",
    },
    "usd_per_day": {"label": "Models: USD a day, all agents", "min_value": 0.01, "step": 1.0},
    "usd_per_hour": {"label": "People: USD an hour", "min_value": 0.0, "step": 1.0},
    "minutes_per_escalation": {"label": "People: minutes an escalation", "min_value": 0.0, "step": 1.0},
}
_TEXTS: Final = {
    "price": ("Price of a model, USD a million tokens", "claude-sonnet-5-5=3,15"),
    "prompt": ("Two versions of a prompt", "support/support_desk=1,2"),
}
_AS_NUMBERS: Final = ("confidence_below", "tool_calls_over")
_MOST: Final = 1_000_000_000_000
"""What an address asks beyond this is not asked."""


def asked() -> Question:
    """The other settings, from the address or the controls; what stays as it is is left empty."""
    given: dict[str, Any] = {}
    fields = iter((*st.columns(4), *st.columns(4)))  # row by row, so that they stack in order on a phone
    for name, options in _NUMBERS.items():
        value = next(fields).number_input(value=_number(name), key=name, placeholder="as it was", **options)
        _keep(name, value)
        if value is not None:
            given[name] = value if name in _AS_NUMBERS else _spelt(value)
    for name, (label, example) in _TEXTS.items():
        text = next(fields).text_input(
            label, value=st.query_params.get(name, ""), key=name, placeholder=example
        )
        _keep(name, text or None)
        if text:
            given[name] = text
    return Question(**given)


def _number(name: str) -> float | int | None:
    kind = int if name == "tool_calls_over" else float
    try:
        value = kind(st.query_params.get(name, ""))
    except ValueError:
        return None
    low, high = _NUMBERS[name]["min_value"], _NUMBERS[name].get("max_value", _MOST)
    return value if low <= value <= high else None


def _keep(name: str, value: Any) -> None:
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = _spelt(value) if isinstance(value, float) else str(value)


def _spelt(value: float) -> str:
    """All its digits, so that the amount that is asked about is the one that was written."""
    return f"{value:.15g}"
