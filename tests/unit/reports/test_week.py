from datetime import UTC, datetime

import pytest

from muster.reports.week import Week, WeekError


def test_a_week_runs_from_monday_to_monday_utc() -> None:
    week = Week.parse("2026-W47")

    assert week.period.since == datetime(2026, 11, 16, tzinfo=UTC)
    assert week.period.until == datetime(2026, 11, 23, tzinfo=UTC)
    assert week.days == "16 to 22 November 2026"


def test_the_turn_of_the_year_is_kept() -> None:
    first = Week.of(datetime(2027, 1, 3, 23, 59, tzinfo=UTC))

    assert (str(first), first.days) == ("2026-W53", "28 December to 3 January 2027")
    assert str(Week.parse("2027-W01").before) == "2026-W53"


@pytest.mark.parametrize("name", ["2026-47", "2026-W54", "2025-W53", "0000-W01", "last week", ""])
def test_what_is_no_week_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(WeekError) as refusal:
        Week.parse(name)

    assert refusal.value.do == "write year and ISO week, such as 2026-W47"
