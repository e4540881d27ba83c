"""Holds the demo company's outcomes against the truth and puts the verdicts into the record."""

from email import message_from_bytes
from typing import Any

from muster.core.settings import Settings
from muster.demo.score import SCORER, ScoredOutcome, TaskEnd, score_files
from muster.ledger.events import EventContext, OutcomeScored
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load


async def record_scores(ledger: PostgresLedger, settings: Settings, source: str) -> list[ScoredOutcome]:
    """The verdict on every message of the edition; each task's is appended to the ledger once.

    Args:
        source: the model source that did the work.

    Raises:
        TruthMissingError: the truth file or the company's books are missing.
        LedgerUnavailableError: the database is away.
    """
    tasks = await ledger.fetch(load("muster.demo", "task_ends"))
    scored = score_files(settings.demo_dir, settings.company_database, await _ends(ledger, tasks))
    done = {row["task_id"] for row in await ledger.fetch(load("muster.demo", "scored_tasks"))}
    by_id = {row["task_id"]: row for row in tasks}
    async with ledger.transaction() as transaction:
        for outcome in scored:
            task = by_id.get(outcome.task_id or "")
            if task is None or outcome.expected == "duplicate" or task["task_id"] in done:
                continue
            where = EventContext(
                actor="service:scorer",
                task_id=task["task_id"],
                run_id=task["run_id"],
                team=task["team"],
                model_source=source,
            )
            await transaction.append(
                OutcomeScored(
                    scorer=SCORER,
                    correct=outcome.correct,
                    expected=outcome.expected,
                    actual=outcome.actual,
                    mistakes=outcome.mistakes,
                ),
                where,
            )
    return scored


async def _ends(ledger: PostgresLedger, tasks: list[dict[str, Any]]) -> list[TaskEnd]:
    ends = [TaskEnd(row["source"], row["external_id"], row["status"], row["task_id"]) for row in tasks]
    duplicates = await ledger.fetch(load("muster.demo", "duplicates"))
    ends.extend(TaskEnd(row["source"], row["external_id"], "duplicate") for row in duplicates)
    quarantined = await ledger.fetch(load("muster.demo", "quarantined"))
    ends.extend(TaskEnd(row["source"], _external_id(row), "quarantined") for row in quarantined)
    return ends


def _external_id(row: dict[str, Any]) -> str:
    if row["channel"] != "mail":
        return str(row["raw_sha256"])
    header = message_from_bytes(bytes(row["raw"])).get("Message-ID", "")
    return str(header).strip().strip("<>")
