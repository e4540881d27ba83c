"""The reference pages in the repository are what the code says now."""

from collections.abc import Callable

import pytest

from muster.cli.reference import settings_page
from muster.cli.reference_events import COVERAGE, events_page
from muster.core.settings import PROJECT_ROOT, Settings
from muster.ledger.events import KINDS

REFERENCE = PROJECT_ROOT / "docs" / "reference"


@pytest.mark.parametrize(("name", "page"), [("events.md", events_page), ("settings.md", settings_page)])
def test_the_page_is_current(name: str, page: Callable[[], str]) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == page(), "make reference"


def test_every_kind_of_event_is_on_the_page() -> None:
    assert all(f"## {kind}\n" in events_page() for kind in KINDS)


def test_every_kind_of_event_is_part_of_what_happens() -> None:
    assert {kind for kinds in COVERAGE.values() for kind in kinds} == KINDS


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
