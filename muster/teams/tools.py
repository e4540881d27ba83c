"""A team's way to its tools: always through the gateway, by a token that stands for one agent in one run."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol

from muster.gateway import tokens
from muster.gateway.client import GatewayClient, ToolDefinition, ToolOutcome
from muster.gateway.http_pool import HttpPool
from muster.ledger.events import EventContext
from muster.ledger.postgres import PostgresLedger

TOKEN_LIFE: Final = timedelta(minutes=5)
"""How long one token holds; a run that takes longer gets the next."""


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

    def __init__(self, ledger: PostgresLedger, url: str, *, token_life: timedelta = TOKEN_LIFE) -> None:
        self._ledger = ledger
        self._url = url
        self._http = HttpPool()
        self._token_life = token_life

    async def close(self) -> None:
        """Close every connection to the gateway."""
        await self._http.aclose()

    @asynccontextmanager
    async def session(self, where: EventContext, lifetime: timedelta) -> AsyncIterator[ToolSession]:
        """A session that holds for `lifetime`, or until the run ends, on tokens of minutes.

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
            ttl=min(lifetime, self._token_life),
        )
        yield _RenewingSession(self._ledger, self._url, self._http, token, lifetime, self._token_life)


class _RenewingSession:
    """A session that gets a new token by need: when the one in hand is past half of its life."""

    def __init__(
        self,
        ledger: PostgresLedger,
        url: str,
        http: HttpPool,
        token: str,
        lifetime: timedelta,
        token_life: timedelta,
    ) -> None:
        self._ledger = ledger
        self._url = url
        self._http = http
        self._token = token
        self._token_life = token_life
        now = ledger.clock.now()
        self._ends_at = now + lifetime
        self._renew_at = now + token_life / 2
        self._client = GatewayClient(url, token, http=http)

    async def list_tools(self) -> list[ToolDefinition]:
        """What the agent may call."""
        return await (await self._with_a_live_token()).list_tools()

    async def call(self, name: str, arguments: dict[str, Any], *, call_id: str | None = None) -> ToolOutcome:
        """What the tool answered, or why the gate stayed shut."""
        return await (await self._with_a_live_token()).call(name, arguments, call_id=call_id)

    async def _with_a_live_token(self) -> GatewayClient:
        now = self._ledger.clock.now()
        if self._renew_at <= now < self._ends_at:
            life = min(self._ends_at - now, self._token_life)
            renewed = await tokens.renew(self._ledger, self._token, life)
            # a token that was revoked stays: the gateway says what there is to say
            if renewed is not None:
                self._token = renewed
                self._client = GatewayClient(self._url, renewed, http=self._http)
                self._renew_at = now + life / 2
        return self._client
