"""The locked packages, and the versions that install but do not work."""

import importlib.metadata
import re
from pathlib import Path

TRAPS = {"prefect": "3.8.9", "fastapi": "0.151", "sqlalchemy": "2.1"}
"""From these versions on nothing is ever scheduled, or the Prefect server does not start."""

_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)\s*(?:;(.*?))?\\?$", re.MULTILINE)


def locked_versions(lock: Path) -> dict[str, str]:
    """Version by name of every package the lock has for any platform; conditional ones are left out."""
    return {
        name: version for name, version, condition in _PIN.findall(lock.read_text()) if not condition.strip()
    }


def installed_version(name: str) -> str | None:
    """The installed version; None when it is missing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def is_below(version: str, bound: str) -> bool:
    """Whether a released version is lower than the bound."""
    return _numbers(version) < _numbers(bound)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0]))
