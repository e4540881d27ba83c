"""What each phase may do alone: the gateway's part of the standard (standard.yaml), read anew when saved."""

import logging
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from muster.gateway.errors import PolicyFileError
from muster.gateway.policy.section import read_section
from muster.ledger.events import Effect, Phase

_log = logging.getLogger(__name__)


class AutonomyRules(BaseModel):
    """The part of the standard's section `autonomy` that the gateway decides by; the rest is not its own."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    starts_in: Phase = "co-pilot"
    """The phase of an agent nobody decided about yet."""
    edge_effects: frozenset[Effect] = frozenset({"read", "write"})
    """Effects an agent in the phase edge has alone; others wait for approval."""


class _Standard(BaseModel):
    autonomy: AutonomyRules = AutonomyRules()


class AutonomyFile:
    """standard.yaml as it stands on disk; while it is broken, what held before holds on."""

    def __init__(self, path: Path, rules: AutonomyRules, changed_at_ns: int) -> None:
        self._path = path
        self._rules = rules
        self._changed_at_ns = changed_at_ns

    @classmethod
    def opened(cls, path: Path) -> Self:
        """The file at `path`; without one the defaults hold.

        Raises:
            PolicyFileError: it cannot be read, is no YAML or its autonomy section does not fit.
        """
        changed_at_ns = _changed_at_ns(path)
        return cls(path, _read(path), changed_at_ns)

    def current(self) -> AutonomyRules:
        """The rules as last saved in order; a file that cannot be used is logged once and changes nothing."""
        changed_at_ns = _changed_at_ns(self._path)
        if changed_at_ns != self._changed_at_ns:
            self._changed_at_ns = changed_at_ns
            try:
                self._rules = _read(self._path)
            except PolicyFileError as error:
                _log.error("%s; the autonomy rules read before stay in force", error)
        return self._rules


def _changed_at_ns(path: Path) -> int:
    """When it was last saved; 0 while it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read(path: Path) -> AutonomyRules:
    return read_section(path, _Standard, default=_Standard()).autonomy
