"""Numbers as people read them: one wording for the dashboard, the terminal and the review."""

from typing import Final

TOO_FEW: Final = "too few"
_NO_BOUND: Final = "…"
_PERCENT: Final = "\u00a0%"
"""Held to its number: a line does not break between them."""


def figure(value: float | None, unit: str) -> str:
    """`value` with its unit, or `too few` when it is None."""
    if value is None:
        return TOO_FEW
    if unit == "share":
        return f"{value * 100:.1f}{_PERCENT}"
    if unit == "seconds":
        return duration(value)
    if unit == "usd":
        return money(value)
    if unit == "rating":
        return f"{value:.2f}"
    return f"{value:,.0f}"


def interval(low: float | None, high: float | None, unit: str) -> str:
    """The two ends in one unit; an end the sample cannot bound is an ellipsis; empty without both."""
    ends = [end for end in (low, high) if end is not None]
    if not ends:
        return ""
    scale, places, before, after = _scale(max(abs(end) for end in ends), unit)
    texts = [_NO_BOUND if end is None else f"{end * scale:,.{places}f}" for end in (low, high)]
    return f"{before}{texts[0]} – {texts[1]}{after}"


def _scale(largest: float, unit: str) -> tuple[float, int, str, str]:
    """Factor, decimal places, what stands before and what after, to show a range up to `largest`."""
    if unit == "share":
        return 100, 1, "", _PERCENT
    if unit == "usd":
        return 1, _places(largest), "$", ""
    if unit == "seconds":
        steps = (
            (1, 1000, 0, " ms"),
            (60, 1, 1, " s"),
            (3600, 1 / 60, 1, " min"),
            (172_800, 1 / 3600, 1, " h"),
        )
        return next(
            ((scale, places, "", name) for below, scale, places, name in steps if largest < below),
            (1 / 86_400, 1, "", " days"),
        )
    return 1, 2 if unit == "rating" else 0, "", ""


def duration(seconds: float) -> str:
    """Seconds in the unit a person would choose."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min"
    return f"{hours / 24:.1f} days"


def money(dollars: float) -> str:
    """US dollars, with as many places as it takes to see something."""
    size = abs(dollars)
    return f"{'-' if dollars < 0 else ''}${size:,.{_places(size)}f}"


def _places(size: float) -> int:
    return 2 if size >= 1 or size == 0 else 3 if size >= 0.1 else 4


def reason(code: str) -> str:
    """An escalation reason or rule as words."""
    return code.replace("_", " ")


def source_label(model_source: str) -> str:
    """What a page or report says about where its numbers come from."""
    labels = {
        "rehearsal": "Rehearsal: a scripted stand-in answered, not a real model.",
        "mixed": "Mixed: tasks begun with one model source and ended with another.",
        "none": "No model was reached for these tasks.",
    }
    return labels.get(model_source, f"Real model ({model_source}).")
