"""What each phase may do alone: the gateway's part of the standard (standard.yaml), read anew when saved."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from muster.gateway.policy.section import read_section
from muster.gateway.saved_file import SavedFile
from muster.ledger.events import Effect, Phase


class AutonomyRules(BaseModel):
    """The part of the standard's section `autonomy` that the gateway decides by; the rest is not its own."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    starts_in: Phase = "co-pilot"
    """The phase of an agent nobody decided about yet."""
    edge_effects: frozenset[Effect] = frozenset({"read", "write"})
    """Effects an agent in the phase edge has alone; others wait for approval."""


class ApprovalRules(BaseModel):
    """The standard's section `approvals`."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    expires_in_hours: float = 24
    """Without a person's word by then a held call is not made."""


class _Standard(BaseModel):
    autonomy: AutonomyRules = AutonomyRules()
    approvals: ApprovalRules = ApprovalRules()


class AutonomyFile:
    """standard.yaml as it stands on disk; while it is broken, what held before holds on."""

    def __init__(self, file: SavedFile[_Standard]) -> None:
        self._file = file

    @classmethod
    def opened(cls, path: Path) -> Self:
        """The file at `path`; without one the defaults hold.

        Raises:
            PolicyFileError: it cannot be read, is no YAML or its sections autonomy and approvals do not fit.
        """
        return cls(SavedFile(path, lambda path: read_section(path, _Standard, default=_Standard())))

    def current(self) -> AutonomyRules:
        """The rules as last saved in order."""
        return self._file.current().autonomy

    @property
    def approvals(self) -> ApprovalRules:
        """How long held calls wait, as last saved in order."""
        return self._file.current().approvals
