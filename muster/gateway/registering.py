"""Asks systems for their tools and brings the registry up to date: by command, and again and again."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from muster.gateway.errors import UpstreamAnswerError, UpstreamAwayError
from muster.gateway.registration import Registration
from muster.gateway.registry import RegisteredTool, register
from muster.gateway.saved_file import SavedFile
from muster.gateway.upstreams import Upstreams
from muster.ledger.errors import LedgerUnavailableError
from muster.ledger.postgres import PostgresLedger

_log = logging.getLogger(__name__)
_SECONDS_UNTIL_ALL_ANSWERED = 1.0
_NOTHING_TO_SAY = ("unchanged", "pinned")


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
    ledger: PostgresLedger,
    upstreams: Upstreams,
    registration: SavedFile[Registration],
    *,
    every_seconds: float,
) -> None:
    """Compare every server's definitions with the pinned ones, for ever; those away are asked sooner."""
    unanswered = set(upstreams.names())
    said: set[tuple[str, str, str]] = set()
    while True:
        asked = sorted(unanswered) or upstreams.names()
        try:
            findings = await register_servers(
                ledger, upstreams, registration.current(), asked, actor="service:gateway"
            )
        except LedgerUnavailableError as error:
            _log.warning("tool definitions were not compared: %s", error)
        else:
            unanswered = set(findings.away)
            now = {(tool.server, tool.tool, tool.finding): tool for tool in findings.tools}
            for key, tool in now.items():
                if tool.finding not in _NOTHING_TO_SAY and key not in said:
                    _log.warning("%s of %s is %s: %s", tool.tool, tool.server, tool.finding, tool.note)
            answered = {server for server, _, _ in now}
            said = {key for key in said if key[0] not in answered} | now.keys()
        await asyncio.sleep(_SECONDS_UNTIL_ALL_ANSWERED if unanswered else every_seconds)
