"""A version of a team went to work."""

from typing import Literal

from muster.ledger.events.envelope import Event


class TeamDeployed(Event):
    """A version of a team went to work."""

    kind: Literal["team.deployed"] = "team.deployed"
    version: int
    manifest_sha256: str
    agents: list[str]
