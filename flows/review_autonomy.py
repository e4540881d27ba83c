"""Demotes agents whose latest real tasks show a breach; promotion is left to a person who looks."""

from prefect import flow, get_run_logger

from muster.core.settings import load_settings
from muster.teams.autonomy_changes import review
from muster.teams.autonomy_rules import rules_in_force
from muster.wiring import open_ledger


@flow(name="review-autonomy", retries=2, retry_delay_seconds=15)
async def review_autonomy() -> int:
    """The number of agents that were demoted."""
    log = get_run_logger()
    settings = load_settings()
    async with open_ledger(settings) as ledger:
        made = await review(ledger, await rules_in_force(ledger, settings))
    for change in made:
        log.warning("%s is now %s, was %s: %s", change.who, change.phase, change.previous, change.reason)
    return len(made)
