"""What the weekly and the monthly review do alike: archive, mail, and show the summary in the Prefect UI."""

from pathlib import Path
from typing import Any, Final, cast

from prefect import get_run_logger, task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.reports.publish import mail_review, publish_review, record_not_mailed
from muster.reports.review.mail import MailNotSentError
from muster.wiring import database_url, open_ledger

_MAIL_DELAYS: Final = [30, 120, 600, 1800]
"""Seconds before each new try."""


async def _may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a mail that was not sent may be sent later as it is."""
    error = await state.aresult(raise_on_failure=False)
    return not (isinstance(error, MailNotSentError) and error.fields["lasting"])


@task(
    name="mail-review",
    retries=len(_MAIL_DELAYS),
    retry_delay_seconds=cast("Any", _MAIL_DELAYS),
    retry_condition_fn=cast("Any", _may_pass),
    persist_result=False,
    cache_policy=NO_CACHE,
)
async def mailed(html_path: str) -> str:
    """What became of the mail, in words."""
    settings = load_settings()
    async with open_ledger(settings, pool_size=1) as ledger:
        delivery = await mail_review(ledger, settings, Path(html_path))
    if delivery is None:
        return "not mailed: no mail server or no recipients are set"
    refused = f"; refused for {', '.join(delivery.refused)}: {delivery.reason}" if delivery.refused else ""
    return f"mailed to {', '.join(delivery.taken)}{refused}"


@task(name="show-review", retries=2, retry_delay_seconds=[1, 5], persist_result=False, cache_policy=NO_CACHE)
async def shown(key: str, markdown: str, description: str) -> None:
    """Put the summary into the Prefect UI."""
    await acreate_markdown_artifact(key=key, markdown=markdown, description=description)


async def reviewed(key: str, name: str | None) -> str:
    """Review the period, archive it and mail it; gives the HTML file's path.

    The review is on disk and in the record before the mail is tried. A mail that stays unsent is recorded and
    said in the artifact; it does not undo the review. Nor does an artifact that cannot be made: the flow
    would be tried again, and the review mailed twice.

    Args:
        key: of the artifact.
        name: of the period; None for the last whole week.
    """
    settings, log = load_settings(), get_run_logger()
    async with open_ledger(settings) as ledger:
        reader = LedgerReader.of(settings, database_url(settings))
        review = await publish_review(ledger, reader, settings, name)
        log.info("written: %s", review.html_path)
        try:
            told = await mailed(str(review.html_path))
        except MailNotSentError as error:
            await record_not_mailed(ledger, settings, review.html_path, error)
            told = f"**not mailed**: {error}"
            log.error("%s", error)
    files = [review.html_path, review.pdf_path, review.html_path.with_name("index.html")]
    links = [f"[{path.name}]({path.absolute().as_uri()})" for path in files]
    markdown = f"{review.markdown}\n{' · '.join(links)}\n\n{told}\n"
    showing = cast("Any", shown(key, markdown, str(review.html_path), return_state=True))  # typed as if sync
    state = await showing
    if state.is_failed():
        log.error("the review's summary is not in the Prefect UI: %s", state.message)
    return str(review.html_path)
