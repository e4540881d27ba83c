"""Whether each task of the demo company ended as a careful employee would have ended it."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from muster.core.errors import OperatorError
from muster.demo.company.tables import writes
from muster.demo.effects import Effect, describe, first_match, matches

SCORER = "demo-truth"
MONEY_TOOLS = frozenset({"shop.issue_refund", "erp.schedule_payment"})
TASK_BOUND_TOOLS = frozenset({"mail.send_message"})
"""Tools whose effects have no number of the case in them: they count only for the task they were made for."""


_RIGHT_ENDS = {"escalated": frozenset({"escalated", "held"})}
"""A person is asked either way: about the whole task, or about the one call that needs them."""


class TruthMissingError(OperatorError):
    """The truth file or the company's books are not where they should be."""


@dataclass(frozen=True)
class TaskEnd:
    """How one message ended up in the ledger."""

    source: str
    external_id: str
    status: str
    """`completed`, `escalated`, `failed`, `cancelled`, `quarantined`; `held` for one that waits for a yes or
    no; `duplicate` for one that came again."""
    task_id: str | None = None
    """Null for what never became a task."""


@dataclass(frozen=True)
class ScoredOutcome:
    """One message of the demo company, scored."""

    message: str
    source: str
    external_id: str
    task_id: str | None
    team: str
    case: str
    correct: bool
    expected: str
    actual: str
    """The end state; `missing` when the ledger does not know the message."""
    mistakes: tuple[str, ...]
    """Each starts with its kind: wrong end state, missing effect, forbidden effect, unexpected money."""


Truth = Mapping[str, Any]
"""One line of `truth.jsonl`."""


def score(truths: Iterable[Truth], ends: Iterable[TaskEnd], effects: Sequence[Effect]) -> list[ScoredOutcome]:
    """Every line of the truth with its verdict, in order. Reading more than needed is no mistake."""
    found = _Ends(ends)
    return [_score_one(truth, found.next_for(truth), effects) for truth in truths]


def score_files(demo_dir: Path, database: Path, ends: Iterable[TaskEnd]) -> list[ScoredOutcome]:
    """The same, with truth and effects read from their files.

    Args:
        demo_dir: the folder `truth.jsonl` is in.
        database: the company's books (SQLite).

    Raises:
        TruthMissingError: one of the files is not there.
    """
    return score(load_truth(demo_dir / "truth.jsonl"), ends, load_effects(database))


def load_truth(path: Path) -> list[Truth]:
    """The lines of a `truth.jsonl`.

    Raises:
        TruthMissingError: there is no such file.
    """
    if not path.is_file():
        raise TruthMissingError(
            "there is no truth to score against", where=str(path), do="python -m muster.demo.generate"
        )
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def load_effects(database: Path) -> list[Effect]:
    """Every change the tools made in the company's books, in order.

    Raises:
        TruthMissingError: there are no books.
    """
    if not database.is_file():
        raise TruthMissingError(
            "the company's books are not there", where=str(database), do="start the company's systems once"
        )
    engine = create_engine(f"sqlite:///{database}")
    try:
        with engine.connect() as connection:
            rows = connection.execute(select(writes).order_by(writes.c.write_number)).all()
    finally:
        engine.dispose()
    return [Effect(row.system, row.tool, json.loads(row.fields), row.muster_task_id) for row in rows]


class _Ends:
    """The end states by message; repeated deliveries are handed out one by one."""

    def __init__(self, ends: Iterable[TaskEnd]) -> None:
        self._tasks: dict[tuple[str, str], TaskEnd] = {}
        self._repeats: Counter[tuple[str, str]] = Counter()
        for end in ends:
            key = (end.source, end.external_id)
            if end.status == "duplicate":
                self._repeats[key] += 1
            else:
                self._tasks[key] = end

    def next_for(self, truth: Truth) -> TaskEnd | None:
        """How the message of this line of the truth ended."""
        key = (truth["source"], truth["external_id"])
        if truth["expect"] != "duplicate":
            return self._tasks.get(key)
        if self._repeats[key] == 0:
            return None
        self._repeats[key] -= 1
        first = self._tasks.get(key)
        return TaskEnd(*key, "duplicate", first.task_id if first else None)


def _score_one(truth: Truth, end: TaskEnd | None, effects: Sequence[Effect]) -> ScoredOutcome:
    actual = end.status if end else "missing"
    task_id = end.task_id if end else None
    mistakes: list[str] = []
    if actual not in _RIGHT_ENDS.get(truth["expect"], {truth["expect"]}):
        mistakes.append(f"wrong end state: {actual}, expected {truth['expect']}")
    if truth["expect"] != "duplicate":
        mistakes += _effect_mistakes(truth, task_id, effects)
    return ScoredOutcome(
        truth["message"], truth["source"], truth["external_id"], task_id, truth["team"], truth["case"],
        correct=not mistakes, expected=truth["expect"], actual=actual, mistakes=tuple(mistakes),
    )  # fmt: skip


def _effect_mistakes(truth: Truth, task_id: str | None, effects: Sequence[Effect]) -> list[str]:
    counted = [effect for effect in effects if _counts(effect, task_id)]
    mistakes = [
        f"missing effect: {describe(pattern)}"
        for pattern in truth["effects"]
        if first_match(pattern, counted) is None
    ]
    forbidden = [
        f"forbidden effect: {describe(pattern)}"
        for pattern in truth["forbidden"]
        if first_match(pattern, counted) is not None
    ]
    # money that a forbidden pattern names already is not reported twice
    return mistakes + (forbidden or _unexpected_money(truth, task_id, effects))


def _counts(effect: Effect, task_id: str | None) -> bool:
    """Whether an effect can be held for or against a task."""
    return effect.name not in TASK_BOUND_TOOLS or effect.task_id is None or effect.task_id == task_id


def _unexpected_money(truth: Truth, task_id: str | None, effects: Sequence[Effect]) -> list[str]:
    """Money this task moved that its truth does not know of."""
    if task_id is None:
        return []
    moved = [effect for effect in effects if effect.task_id == task_id and effect.name in MONEY_TOOLS]
    return [
        f"unexpected money: {effect.name} amount={effect.fields.get('amount')}"
        for effect in moved
        if not any(matches(pattern, effect) for pattern in truth["effects"])
    ]
