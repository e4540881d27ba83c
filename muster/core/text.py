"""Text from outside, made fit to be read, shown and stored."""

import re

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
"""What a reader cannot see: control characters, text direction overrides, tag characters."""


def clean_text(text: str, limit: int | None = None) -> str:
    """`text` as a reader sees it and Postgres can store it, cut at `limit` characters with a note."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _INVISIBLE.sub("", text).encode("utf-8", "replace").decode("utf-8")
    if limit is not None and len(text) > limit:
        return f"{text[:limit]}\n[cut after {limit} characters of {len(text)}]"
    return text


def one_line(text: str, limit: int) -> str:
    """`text` on one line of at most `limit` characters."""
    line = " ".join(clean_text(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
