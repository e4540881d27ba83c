"""Which team takes what, as the deployed manifests say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from muster.core.errors import CallerError
from muster.ledger.events import Channel
from muster.ledger.sql import load

_ROUTES = load("muster.intake", "active_routes")


class NoRouteError(CallerError):
    """No deployed team takes the message."""

    def __init__(self, channel: Channel, destinations: Sequence[str], known: Sequence[str]) -> None:
        super().__init__(
            f"no team takes {channel} for {', '.join(destinations) or 'nobody'}",
            do=f"use one of: {', '.join(known)}" if known else "deploy a team that takes it",
        )
        self.known = tuple(known)


@dataclass(frozen=True, slots=True)
class Route:
    """The way a message takes to a team."""

    channel: Channel
    destination: str
    """The address, folder, webhook source or team name that decided."""
    team: str


class RoutingTable:
    """What every deployed team takes in; where two claim the same, the first by name has it."""

    def __init__(self, intake_by_team: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._teams = sorted(intake_by_team)
        self._routes: dict[tuple[str, str], str] = {}
        for team in self._teams:
            for channel, destinations in intake_by_team[team].items():
                for destination in destinations:
                    self._routes.setdefault((channel, _key(channel, destination)), team)

    @classmethod
    async def load(cls, connection: AsyncConnection[DictRow]) -> "RoutingTable":
        """The table as the deployed teams are now."""
        cursor = await connection.execute(_ROUTES)
        rows: list[dict[str, Any]] = await cursor.fetchall()
        return cls({row["team"]: row["intake"] or {} for row in rows})

    def find(self, channel: Channel, destinations: Sequence[str]) -> Route:
        """The route of the first destination a team takes; a request or schedule names its team.

        Raises:
            NoRouteError: no team takes any of them.
        """
        for destination in destinations:
            if channel in {"request", "schedule"}:
                team = destination if destination in self._teams else None
            else:
                team = self._routes.get((channel, _key(channel, destination)))
            if team:
                return Route(channel, _key(channel, destination), team)
        raise NoRouteError(channel, destinations, self.known(channel))

    def to_team(self, channel: Channel, team: str) -> Route:
        """The route to a team a person chose.

        Raises:
            NoRouteError: no such team is deployed.
        """
        if team not in self._teams:
            raise NoRouteError(channel, [team], self._teams)
        return Route(channel, team, team)

    def known(self, channel: Channel) -> list[str]:
        """Every destination of the channel that a team takes."""
        if channel in {"request", "schedule"}:
            return self._teams
        return sorted(destination for known, destination in self._routes if known == channel)


def _key(channel: str, destination: str) -> str:
    return destination.lower() if channel == "mail" else destination
