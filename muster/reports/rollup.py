"""The nightly roll-up: a day's figures by team, computed once and kept."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl
from psycopg.types.json import Jsonb

from muster.analysis.human import HumanCost
from muster.analysis.kpis import overview
from muster.analysis.ready import ReadyFrames
from muster.analysis.tasks import ended_tasks, task_rows
from muster.ledger.events import EventContext, KpiRolledUp
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

COMPANY = "(company)"
"""The team name under which the figures of the whole company are kept."""

_ROLLER = EventContext(actor="service:figures")


async def roll_up(
    ledger: PostgresLedger, record: pl.LazyFrame | pl.DataFrame | ReadyFrames, day: date, human: HumanCost
) -> int:
    """Keep the KPI table of the tasks that ended on `day` (UTC), a row a team; gives the number of rows.

    Args:
        record: ready-made frames, or `Events` that have every event of those tasks.

    Raises:
        FrameError: the frame is not an event frame.
        LedgerUnavailableError: the database is away; nothing was kept.
    """
    begins_at = datetime.combine(day, time(), UTC)
    tasks = record.tasks.lazy() if isinstance(record, ReadyFrames) else task_rows(record.lazy())
    ended = ended_tasks(tasks, begins_at, begins_at + timedelta(days=1))
    metrics = _by_team(overview(ended.collect(engine="streaming").lazy(), human, ledger.clock.now()))
    async with ledger.transaction() as transaction:
        for team, figures in metrics.items():
            await transaction.connection.execute(
                load("muster.reports", "keep_kpis"), {"day": day, "team": team, "metrics": Jsonb(figures)}
            )
        await transaction.append(KpiRolledUp(day=day, rows=len(metrics)), _ROLLER)
    return len(metrics)


def _by_team(table: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    metrics: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.select("model_source", "team", "kpi", "unit", "n", "value", "low", "high").to_dicts():
        metrics[row.pop("team") or COMPANY].append(row)
    return metrics
