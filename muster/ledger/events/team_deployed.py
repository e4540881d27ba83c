"""A version of a team went to work."""

from typing import Any, Literal

from muster.ledger.events.envelope import Event


class TeamDeployed(Event):
    """A version of a team went to work."""

    kind: Literal["team.deployed"] = "team.deployed"
    version: int
    manifest_sha256: str
    agents: list[str]
    manifest: dict[str, Any] | None = None
    """The whole of it; null in records made before it was kept."""
