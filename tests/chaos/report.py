"""A fault run in words and in numbers, and how to see a failure again."""

from collections import Counter
from datetime import datetime
from typing import Any

from tests.chaos.checks import CHECKS, Finding
from tests.chaos.record import Diary
from tests.chaos.run import Outcome

_AROUND = 20
"""A replay of a late failure begins so many kills before it."""
_SHOWN = 10


def sentences(diary: Diary, outcome: Outcome) -> list[str]:
    """The report, line by line."""
    counts = outcome.counts
    often = ", ".join(f"{tasks} {times}x" for times, tasks in sorted(counts.taken_over.items()))
    parts = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in outcome.seconds.items())
    lines = [
        f"kills      {len(diary.made)}: {_listed(counts.kills)}",
        f"           {counts.with_work_in_hand} light runners with work in hand",
        f"           {counts.aimed.total()} while a call was under way that changes something"
        f" ({_listed(counts.aimed)}): {counts.aimed_unheard} left one unheard",
        f"tasks      {counts.tasks.total()}: {_listed(counts.tasks)}",
        f"take-overs {counts.take_overs}, tasks by times: {often or 'none'}",
        f"           given back {counts.released} times because a service was away",
        f"answers    {counts.model_answers} of models",
        f"           {counts.answers_lost} lost with who asked for them, and asked for again",
        f"           {counts.side_by_side} asked for by two runners at once",
        f"effects    {counts.effects.total()} in the company's books: {_listed(counts.effects)}",
        f"           {counts.unheard_effects} whose outcome was never heard",
        f"unheard    {counts.unheard_calls} calls that can change something lost their outcome:"
        f" {counts.unheard_took_effect} had taken effect",
        f"           {counts.unheard_escalated} escalated as uncertain,"
        f" {counts.unheard_repeated} repeated by key until answered",
        f"           {counts.heard_late} tasks escalated as uncertain before a late outcome came",
        f"           {counts.keys_repeated} keys carried by several calls",
        f"escalated  {_listed(counts.escalations)}",
        f"time       {parts}",
    ]
    if outcome.ended_by_itself:
        ends = {name: len(each) for name, each in outcome.ended_by_itself.items()}
        lines.append(f"ended though not killed: {_listed(ends)}")
    for name in CHECKS:
        wrong = [finding for finding in outcome.findings if finding.check == name]
        lines.append(f"{'FAILED' if wrong else 'ok':7} {name}{f': {len(wrong)}' if wrong else ''}")
        lines += [f"        {_sentence(diary, finding)}" for finding in wrong[:_SHOWN]]
    if outcome.findings:
        lines += [f"seed {diary.terms.seed}; replay: {_replay(diary, outcome.findings)}"]
    if outcome.trace:
        lines += [
            "",
            f"the run of {counts.survivor} was killed at least three times and completed:",
            "",
            outcome.trace,
        ]
    return lines


def summary(diary: Diary, outcome: Outcome) -> dict[str, Any]:
    """The same as plain values, ready for JSON."""
    return {
        "seed": diary.terms.seed,
        "light": diary.terms.light,
        **{name: _plain(value) for name, value in vars(outcome.counts).items()},
        "seconds": outcome.seconds,
        "ended_by_itself": outcome.ended_by_itself,
        "findings": [_sentence(diary, finding) for finding in outcome.findings],
        "replay": _replay(diary, outcome.findings) if outcome.findings else None,
        "folder": str(diary.folder),
    }


def _plain(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, Counter) else value


def _sentence(diary: Diary, finding: Finding) -> str:
    number = _kill_before(diary, finding.at)
    place = [finding.task_id or "", f"after kill {number}" if number else ""]
    said = ", ".join(filter(None, place))
    return f"{finding.what} ({said})" if said else finding.what


def _replay(diary: Diary, findings: list[Finding]) -> str:
    numbers = [number for finding in findings if (number := _kill_before(diary, finding.at))]
    if not numbers:
        return diary.terms.command()
    first = min(numbers)
    return diary.terms.command(kills=first, first=max(1, first - _AROUND + 1))


def _kill_before(diary: Diary, at: datetime | None) -> int | None:
    """The number of the last kill before that moment."""
    if at is None:
        return None
    before = [made for made in diary.made if datetime.fromisoformat(made.at) <= at]
    return max(before, key=lambda made: made.at).number if before else None


def _listed(numbers: dict[Any, int]) -> str:
    ordered = sorted(numbers.items(), key=lambda item: -item[1])
    return ", ".join(f"{number} {name}" for name, number in ordered) or "none"
