"""A team's way to its tools: always through the gateway, by a token that stands for one agent in one run."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

from muster.gateway import tokens
from muster.gateway.client import GatewayClient, ToolDefinition, ToolOutcome
from muster.gateway.http_pool import HttpPool
from muster.ledger.events import EventContext
from muster.ledger.postgres import PostgresLedger


class ToolSession(Protocol):
    """The tools of one agent in one run."""

    async def list_tools(self) -> list[ToolDefinition]:
        """What the agent may call."""
        ...

    async def call(self, name: str, arguments: dict[str, Any], *, call_id: str | None = None) -> ToolOutcome:
        """What the tool answered, or why the gate stayed shut."""
        ...


class Tools(Protocol):
    """Opens tool sessions."""

    def session(self, where: EventContext, lifetime: timedelta) -> AbstractAsyncContextManager[ToolSession]:
        """A session for one agent in one run."""
        ...


class GatewayTools:
    """Opens tool sessions at the gateway."""

    def __init__(self, ledger: PostgresLedger, url: str) -> None:
        self._ledger = ledger
        self._url = url
        self._http = HttpPool()

    async def close(self) -> None:
        """Close every connection to the gateway."""
        await self._http.aclose()

    @asynccontextmanager
    async def session(self, where: EventContext, lifetime: timedelta) -> AsyncIterator[ToolSession]:
        """A session whose token holds for `lifetime`, or until the run ends.

        Raises:
            TeamNotDeployedError: no version of the team is deployed.
            LedgerUnavailableError: the database is away.
        """
        assert where.agent is not None
        assert where.team is not None
        assert where.run_id is not None
        assert where.task_id is not None
        token = await tokens.issue(
            self._ledger,
            agent=where.agent,
            team=where.team,
            run_id=where.run_id,
            task_id=where.task_id,
            ttl=lifetime,
        )
        yield GatewayClient(self._url, token, http=self._http)
