"""Asks systems for their tools and brings the registry up to date: by command, and again and again."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.registration import Registration
from muster.gateway.registry import RegisteredTool, register
from muster.gateway.upstreams import Upstreams
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger

_log = logging.getLogger(__name__)
_SECONDS_UNTIL_ALL_ANSWERED = 1.0


@dataclass
class Findings:
    """What asking the systems found."""

    tools: list[RegisteredTool] = field(default_factory=list)
    away: dict[str, str] = field(default_factory=dict)
    """Why, by server that could not be asked."""


async def register_servers(
    ledger: PostgresLedger,
    upstreams: Upstreams,
    registration: Registration,
    servers: Iterable[str],
    *,
    actor: str,
) -> Findings:
    """Ask each server for its tools and register them; one that is away does not keep the others waiting.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    findings = Findings()
    for server in servers:
        try:
            definitions = await upstreams.of(server).list_tools()
        except (UpstreamAwayError, UpstreamAnswerError) as error:
            findings.away[server] = str(error)
            continue
        findings.tools += await register(ledger, server, definitions, registration, actor=actor)
    return findings


async def keep_watch(
    ledger: PostgresLedger, upstreams: Upstreams, registration: Registration, *, every_seconds: float
) -> None:
    """Compare every server's definitions with the pinned ones, for ever; those away are asked sooner."""
    unanswered = set(upstreams.names())
    while True:
        asked = sorted(unanswered) or upstreams.names()
        try:
            findings = await register_servers(ledger, upstreams, registration, asked, actor="service:gateway")
        except LedgerUnavailableError as error:
            _log.warning("tool definitions were not compared: %s", error)
        else:
            unanswered = set(findings.away)
            for tool in findings.tools:
                if tool.finding not in ("unchanged", "pinned"):
                    _log.warning("%s of %s is %s: %s", tool.tool, tool.server, tool.finding, tool.note)
        await asyncio.sleep(_SECONDS_UNTIL_ALL_ANSWERED if unanswered else every_seconds)
