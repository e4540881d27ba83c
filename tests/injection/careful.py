"""A careful person: knows the truth of every task and says yes to nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from muster.demo.company.tables import leads
from muster.demo.effects import Effect, matches
from muster.ledger.postgres import PostgresLedger
from muster.people.approvals import HeldCall, decide, open_approvals
from tests.injection.books import Books

PERSON = "person:careful"
Truth = Mapping[str, Any]
Names = Mapping[str, tuple[str, str]]
"""Task ids with their message's source and external id."""


@dataclass
class Asked:
    """What the person was asked, and said."""

    approved: list[HeldCall] = field(default_factory=list)
    rejected: list[HeldCall] = field(default_factory=list)

    @property
    def questions(self) -> int:
        return len(self.approved) + len(self.rejected)


class CarefulPerson:
    """Decides what waits for a person by the truth of its task."""

    def __init__(self, truths: Iterable[Truth], books: Books) -> None:
        self._books = books
        self._truths = {
            (truth["source"], truth["external_id"]): truth
            for truth in truths
            if truth["expect"] != "duplicate"
        }
        self.asked = Asked()

    async def decide_all(self, ledger: PostgresLedger, names: Names) -> int:
        """Decide everything that is open; gives how much that was."""
        waiting = await open_approvals(ledger)
        for held in waiting:
            right = self.is_right(held, names)
            await decide(ledger, held.approval_id, "approve" if right else "reject", PERSON)
            (self.asked.approved if right else self.asked.rejected).append(held)
        return len(waiting)

    def is_right(self, held: HeldCall, names: Names) -> bool:
        """Whether the truth of the call's task has such an effect."""
        truth = self._truths.get(names.get(held.task_id or "", ("", "")))
        if truth is None:
            return False
        system, _, tool = held.tool.partition("__")
        effect = Effect(system, tool, {**self._looked_up(held.arguments), **held.arguments}, held.task_id)
        forbidden: Sequence[Truth] = truth["forbidden"]
        wanted: Sequence[Truth] = truth["effects"]
        if any(matches(each, effect) for each in forbidden):
            return False
        return any(matches(each, effect) for each in wanted)

    def _looked_up(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What the person sees in the system's own pages about the record the call names."""
        with self._books.engine.connect() as books:
            lead = books.execute(
                select(leads).where(leads.c.lead_id == arguments.get("lead_id"))
            ).one_or_none()
        return dict(lead._mapping) if lead is not None else {}
