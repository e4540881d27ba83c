"""Why a program ended, as its log tells it."""

import os
from dataclasses import dataclass
from pathlib import Path

_TAIL_BYTES = 20_000
_ERROR = "error: "
_DO = "  do: "


@dataclass(frozen=True, slots=True)
class LastWords:
    """What a log says at its end."""

    what: str
    do: str | None
    """What a person should do: our own programs say it when another start would end the same way."""


def last_words(log: Path) -> LastWords:
    """The end of the log: our own `error:` and `do:` when it ends with them, else its most telling line."""
    lines = [line for line in _tail(log).splitlines() if line.strip()]
    if len(lines) > 1 and lines[-1].startswith(_DO) and lines[-2].startswith(_ERROR):
        return LastWords(lines[-2].removeprefix(_ERROR), lines[-1].removeprefix(_DO))
    telling = [line for line in lines if "No space left on device" in line]
    telling = telling or [
        line for line in lines if "error" in line.lower() and not line.lstrip().startswith("File ")
    ]
    return LastWords((telling or lines or ["it said nothing"])[-1].strip(), None)


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES), os.SEEK_SET)
            return file.read().decode(errors="replace")
    except OSError:
        return ""
