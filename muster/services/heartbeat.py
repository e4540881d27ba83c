"""The sign of life of a process that listens nowhere: a file it touches."""

import time
from pathlib import Path

from muster.core.settings import Settings

_FRESH_SECONDS = 15.0


def beat_file(settings: Settings) -> Path:
    """The runner's file."""
    return settings.home_dir / "run" / "runner.beat"


def beats(file: Path) -> bool:
    """Whether it was touched a moment ago."""
    try:
        return time.time() - file.stat().st_mtime < _FRESH_SECONDS
    except OSError:
        return False
