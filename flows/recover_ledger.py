"""Frees what lost acts hold back of budgets; ends pauses and approvals whose time is over."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.ledger.pauses import resume_those_due
from muster.ledger.recovery import abandon_lost_intents
from muster.people.approvals import expire_those_due
from muster.wiring import open_ledger


@flow(name="recover-ledger", retries=2, retry_delay_seconds=15)
async def recover_ledger() -> int:
    """The number of acts that were given up."""
    log = get_run_logger()
    async with open_ledger(load_settings()) as ledger:
        lost = await abandon_lost_intents(ledger)
        for one in lost:
            log.warning(
                "act %s of task %s is lost; %s USD freed", one.intent_id, one.task_id, one.released_usd
            )
        for who in await resume_those_due(ledger):
            log.info("%s may act again", who)
        for approval_id in await expire_those_due(ledger):
            log.warning("%s is closed: nobody decided in time, or its task has ended", approval_id)
    return len(lost)
