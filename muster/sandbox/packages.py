"""Where the installed distributions a sandbox is to see lie on this machine."""

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from muster.sandbox.errors import SandboxPolicyError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SKIPPED = ("__pycache__", "..")


def places(names: Iterable[str]) -> dict[str, Path]:
    """Every folder and module of the named distributions and of those they need, by its name at the top.

    Raises:
        SandboxPolicyError: one of the named ones is not installed.
    """
    found: dict[str, Path] = {}
    seen: set[str] = set()
    for name in names:
        try:
            _collect(distribution(name), found, seen)
        except PackageNotFoundError:
            raise SandboxPolicyError(
                f"the library {name} is not installed", where="sandbox.yaml: libraries", do=f"take out {name}"
            ) from None
    return found


def _collect(dist: Distribution, found: dict[str, Path], seen: set[str]) -> None:
    name = str(dist.metadata["Name"]).lower()
    if name in seen:
        return
    seen.add(name)
    for file in dist.files or ():
        top = file.parts[0]
        if top not in _SKIPPED and top not in found:
            place = Path(str(dist.locate_file(top))).resolve()
            if place.exists():
                found[top] = place
    for needed in _needed(dist):
        try:
            _collect(distribution(needed), found, seen)
        except PackageNotFoundError:  # of another platform or Python
            continue


def _needed(dist: Distribution) -> Iterator[str]:
    for requirement in dist.requires or ():
        match = _NAME.match(requirement)
        if match and "extra ==" not in requirement:
            yield match[0]
