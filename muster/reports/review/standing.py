"""What a review needs beside the events, from the live tables: limits, what waits, what people decided."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl

from muster.analysis.burn import FLEET
from muster.analysis.period import Period
from muster.analysis.review.actions import DECISIONS
from muster.analysis.review.budgets import LIMITS
from muster.analysis.review.standing import Standing
from muster.analysis.review.waits import WAITS
from muster.core.settings import Settings
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.people.inbox import InboxItem, inbox
from muster.teams.roster import deployed_manifests
from muster.teams.standard import Standard
from muster.teams.standard_file import StandardFile


async def read_standing(ledger: PostgresLedger, settings: Settings, period: Period) -> Standing:
    """What holds now, read as calls and the inbox read it.

    Args:
        period: of the decisions; both ends are given.

    Raises:
        LedgerUnavailableError: the database is away.
        StandardError, SpendingFileError: the company's standard or budgets cannot be used.
    """
    standard = StandardFile.of(settings).current()
    manifests = [standard.applied_to(manifest) for manifest in await deployed_manifests(ledger)]
    limits: list[tuple[str, str | None, Decimal]] = [(FLEET, None, standard.fleet.usd_per_day)]
    for manifest in manifests:
        team = manifest.team
        limits.append((f"team:{team}", team, manifest.budget.usd_per_day))
        limits += [(f"agent:{team}/{one.name}", team, one.budget.usd_per_day) for one in manifest.agents]
    waiting = await inbox(ledger, _hours(standard))
    decided = await ledger.fetch(
        load("muster.reports", "decided_approvals"), {"since": period.since, "until": period.until}
    )
    return Standing(
        limits=pl.DataFrame(limits, schema=LIMITS.schema, orient="row"),
        waits=pl.DataFrame(list(_waits(waiting)), schema=WAITS.schema, orient="row"),
        decisions=pl.DataFrame([_in_order(row) for row in decided], schema=DECISIONS.schema, orient="row"),
        teams_at_work=frozenset(manifest.team for manifest in manifests),
    )


def _hours(standard: Standard) -> dict[str, float]:
    return {name: standard.answer_within.hours(name) for name in ("high", "medium", "low")}


def _waits(items: list[InboxItem]) -> Iterator[tuple[object, ...]]:
    for item in items:
        yield (
            item.item_id,
            item.kind,
            item.task_id,
            item.team,
            item.agent,
            item.title,
            item.amount,
            item.currency,
            item.raised_at,
            item.due_at,
        )


def _in_order(row: dict[str, Any]) -> tuple[object, ...]:
    return tuple(row[name] for name in DECISIONS.schema)
