"""What came of the demo company's day, for a terminal and for programs."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from muster.analysis.picture import Period, Picture, pictures
from muster.core.settings import Settings
from muster.demo.day import Day
from muster.reports.assumptions.people import load_human_cost
from muster.reports.frame_store import FrameStore
from muster.reports.kpi_table import WIDTH, print_numbers
from muster.reports.plain import plain
from muster.wiring import database_url

_SHOWN_MISTAKES = 8


def day_pictures(settings: Settings, day: Day) -> list[Picture]:
    """The figures of the tasks that ended since the day began.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    frames = FrameStore.of(settings, database_url(settings)).frames()
    return pictures(
        frames,
        human=load_human_cost(settings.assumptions_dir),
        now=datetime.now(UTC),
        period=Period(since=day.began_at),
    )


def as_values(day: Day, drawn: list[Picture]) -> dict[str, Any]:
    """The day as plain values."""
    return {
        "delivered": asdict(day.delivered),
        "figures": [plain(one) for one in drawn],
        "scored": {
            "messages": len(day.scored),
            "right": sum(one.correct for one in day.scored),
            "wrong": [asdict(one) for one in day.scored if not one.correct],
        },
        "open_tasks": day.open_tasks,
        "held_tasks": day.held_tasks,
        "verify": asdict(day.verdict),
        "review": day.review_path,
        "seconds": {part: round(seconds, 1) for part, seconds in day.seconds.items()},
    }


def print_day(console: Console, day: Day, drawn: list[Picture]) -> None:
    """Print the day: what arrived, the figures, the mistakes, the verdict on the record, the review."""
    out = console if console.width >= WIDTH else Console(highlight=False, width=WIDTH)
    sent = day.delivered
    out.print(
        f"\n[bold]The demo company's day[/]: {sent.mails} mails, {sent.files} documents and {sent.webhooks} "
        f"webhooks arrived; {day.open_tasks} tasks are open, {day.held_tasks} wait for a person's yes or no"
    )
    print_numbers(out, drawn)
    _print_scores(out, day)
    for problem in day.verdict.problems:
        out.print(f"  {problem}")
    out.print(f"[bold]Ledger[/]: {day.verdict.sentence()}")
    out.print(f"[bold]Weekly review[/]: {day.review_path}", soft_wrap=True)
    took = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in day.seconds.items())
    out.print(f"[dim]{took}[/]")


def _print_scores(out: Console, day: Day) -> None:
    wrong = [one for one in day.scored if not one.correct]
    kept = Counter(one.expected for one in day.scored if one.correct)
    kept_text = ", ".join(f"{count} {expected}" for expected, count in sorted(kept.items()))
    out.print(
        f"[bold]Against the truth[/]: {len(day.scored) - len(wrong)} of {len(day.scored)} messages ended as "
        f"a careful employee would have ended them ({kept_text})"
    )
    for one in wrong[:_SHOWN_MISTAKES]:
        out.print(f"  {one.team}/{one.case} ({one.message}): {'; '.join(one.mistakes)}", soft_wrap=True)
    if len(wrong) > _SHOWN_MISTAKES:
        out.print(f"  … and {len(wrong) - _SHOWN_MISTAKES} more (all of them: --json)")
