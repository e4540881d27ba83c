"""The weekly and the monthly review as Prefect runs them: archived, mailed, and shown as an artifact."""

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.states import Failed

from muster.ledger.reader import LedgerReader
from muster.reports.review.mail import MailNotSentError
from muster.services.orchestration.deploying import load_flow
from tests.integration.reports.post_office import PostOffice

pytestmark = [
    # Prefect leaves the socket it sends events through to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("as_prefect_client"),
]


@pytest.fixture
def office(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    """A mail server the reviews go through, once it is opened."""
    office = PostOffice()
    monkeypatch.setenv("MUSTER_DATABASE_URL", database_url)
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))
    monkeypatch.setenv("MUSTER_MAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("MUSTER_MAIL_PORT", str(office.port))
    monkeypatch.setenv("MUSTER_MAIL_SECURITY", "none")
    monkeypatch.setenv("MUSTER_REVIEW_RECIPIENTS", "cfo@example.com")
    return office


def ran(flow: Any, period: str) -> str:
    """The flow's result; what Prefect leaves to the garbage collector is collected within the test."""
    try:
        return str(asyncio.run(flow(period)))
    finally:
        gc.collect()


def artifact(key: str) -> str:
    """The newest artifact of that key."""
    with get_client(sync_client=True) as client:
        (found,) = client.read_latest_artifacts(
            artifact_filter=ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[key]))
        )
    return str(found.data)


def test_the_weekly_review_is_archived_mailed_and_shown(
    office: PostOffice, database_url: str, tmp_path: Path
) -> None:
    with office.open():
        path = ran(load_flow("flows/weekly_review.py:weekly_review"), "2026-W47")

    assert path == str(tmp_path / "reports" / "weekly-2026-W47.html")
    assert [mail["Subject"] for _, mail in office.arrived] == ["Agent review, week 47 of 2026"]
    shown = artifact("weekly-review")
    assert "# Agent review, week 47 of 2026" in shown
    assert "weekly-2026-W47.pdf" in shown
    assert "mailed to cfo@example.com" in shown
    assert LedgerReader(database_url).events(kinds=["report.sent"])["status"].to_list() == ["sent"]


def test_a_mail_that_is_refused_for_good_is_recorded_and_the_review_stays(
    office: PostOffice, database_url: str, tmp_path: Path
) -> None:
    refusing = PostOffice(answer="554 5.7.1 not wanted here")
    refusing.port = office.port

    with refusing.open():
        ran(load_flow("flows/monthly_review.py:monthly_review"), "2026-11")

    assert (tmp_path / "reports" / "monthly-2026-11.pdf").exists()
    assert "**not mailed**: the review was not mailed: 554 5.7.1 not wanted here" in artifact(
        "monthly-review"
    )
    events = LedgerReader(database_url).events(kinds=["report.published", "report.sent"])
    assert events["kind"].to_list() == ["report.published", "report.sent"]
    assert events["status"].to_list() == [None, "failed"]


@pytest.mark.parametrize("lasting", [True, False])
async def test_a_mail_is_tried_again_unless_it_was_refused_for_good(lasting: bool) -> None:
    from flows.review_steps import _may_pass, mailed

    away: Any = Failed(data=MailNotSentError("away", lasting=lasting))

    assert await _may_pass(mailed, None, away) is not lasting
    assert mailed.retries == 4


def test_a_summary_that_cannot_be_shown_does_not_mail_the_review_again(
    office: PostOffice, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(**_: str) -> None:
        raise ConnectionError("Prefect is away")

    flow = load_flow("flows/weekly_review.py:weekly_review")
    monkeypatch.setattr("flows.review_steps.acreate_markdown_artifact", away)
    with office.open():
        path = ran(flow, "2026-W46")

    assert path.endswith("weekly-2026-W46.html")
    assert len(office.arrived) == 1
    assert LedgerReader(database_url).events(kinds=["report.sent"])["status"].to_list() == ["sent"]
