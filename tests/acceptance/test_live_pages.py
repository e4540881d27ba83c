"""What a reader sees while figures are made again behind the page, and while the ledger is away."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.parts import live
from app.parts.live import LiveRecord
from muster.analysis.human import HumanCost
from muster.analysis.ready import ReadyFrames, frames_of
from muster.ledger.errors import LedgerUnavailableError
from tests.unit.analysis.story import NOON, company

ROOT = Path(__file__).parents[2]


class Record:
    """A record that can be away, and a clock."""

    def __init__(self) -> None:
        self.now: datetime = NOON + timedelta(hours=1)
        self.away = False
        self.tasks = 100

    def read(self) -> ReadyFrames:
        if self.away:
            raise LedgerUnavailableError("the ledger's database is not available", do="start it")
        return frames_of(company(tasks=self.tasks))


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    record = Record()
    shown = LiveRecord(record.read, HumanCost(), lambda: record.now, patience_seconds=60)
    monkeypatch.setattr(live, "of_record", lambda _: shown)
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.delenv("MUSTER_OWNER_PASSWORD", raising=False)
    return record


def home() -> AppTest:
    return AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60).run()


def said(app: AppTest) -> str:
    assert not app.exception, app.exception[0].value
    return "\n".join(str(part.value) for part in [*app.markdown, *app.caption, *app.warning])


def test_a_page_says_as_of_when_its_figures_are_and_follows_the_record(record: Record) -> None:
    assert "As of 13:00:00 UTC" in said(home())
    record.tasks = 140
    record.now += timedelta(seconds=30)

    later = said(home())

    assert "As of 13:00:30 UTC" in later
    assert "140 tasks ended" in later


def test_while_the_ledger_is_away_the_last_figures_stay_and_say_why_they_are_old(record: Record) -> None:
    home()
    record.away = True
    record.now += timedelta(minutes=5)

    away = home()

    assert "100 tasks ended" in said(away)
    assert "These figures are as of 13:00:00 UTC. The ledger's database is not available" in said(away)

    record.away = False
    record.now += timedelta(minutes=1)
    back = home()
    assert "As of 13:06:00 UTC" in said(back)
    assert not back.warning
