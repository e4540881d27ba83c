"""The gateway's decisions of a period, decided again by its own chain of rules under another policy.

Calls go out in the order of the record. One that would have waited for a person who never spoke is not made,
and the run that made it gets no further; a call that waited and would not have is made at that moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from muster.gateway.commitments import commitment
from muster.gateway.money_book import MoneyBook
from muster.gateway.policy.autonomy_file import AutonomyRules
from muster.gateway.policy.chain import Decision, decide
from muster.gateway.policy.files import MoneyPolicy, Policy
from muster.gateway.policy.verdict import Verdict
from muster.ledger.events import Commitment, RunEnded, RunStarted, ToolCallSettled
from muster.whatif.decisions import Decided, case_of, decisions
from muster.whatif.in_force import InForce
from muster.whatif.past import Past
from muster.whatif.recorded import Recorded

Fate = Literal["made", "waits", "refused", "not reached"]
"""What becomes of a call."""


@dataclass(frozen=True, slots=True)
class Redecided:
    """A recorded decision, and the one under the other policy."""

    decided: Decided
    decision: Decision | None
    """Null when the run would not have come so far."""
    fate: Fate
    commits: Commitment | None
    """The money the call commits under the other policy; null when none, or nobody can say how much."""

    @property
    def same(self) -> bool:
        """Whether the rules decide as they did; a call allowed is the same whatever rules it passed."""
        if self.decision is None:
            return False
        verdict = self.decision.verdict
        if verdict.outcome != self.decided.outcome:
            return False
        if verdict.outcome == "deny":
            return verdict.rule == self.decided.rule
        return verdict.outcome == "allow" or bool(self.rules_holding & set(self.decided.held))

    @property
    def rules_holding(self) -> set[str]:
        """The rules that ask for a person."""
        return set() if self.decision is None else {step.rule for step in self.decision.held}

    @property
    def verdict(self) -> Verdict | None:
        """The step that decides; null when the run would not have come so far."""
        return None if self.decision is None else self.decision.verdict


@dataclass(slots=True)
class GateReplay:
    """Decides in order; keeps what would have gone out by then."""

    policy: Policy
    in_force: InForce
    autonomy: AutonomyRules | None = None
    """Instead of what the standard of each run's time said."""
    as_recorded: frozenset[str] | None = frozenset()
    """The decisions (event ids) whose calls go the recorded way whatever is decided; null: all of them."""
    _book: MoneyBook = field(default_factory=MoneyBook)
    _stopped: set[str] = field(default_factory=set)
    _freed: set[tuple[str | None, str]] = field(default_factory=set)

    def again(self, decided: Decided, autonomy: AutonomyRules) -> Redecided:
        """The decision on one call, after all that were decided before it."""
        entry = decided.entry
        if entry.run_id in self._stopped or decided.family in self._freed:
            fate: Fate = "made" if decided.family in self._freed else "not reached"
            return Redecided(decided, None, fate, None)
        commits = self._commits(decided)
        case = case_of(decided, self.policy, self.autonomy or autonomy, self.in_force, commits)
        if commits is not None:
            sums = self._book.today(commits, entry.who, entry.at)
            case = replace(case, exposure_today=sums.payee, agent_exposure_today=sums.agent)
        decision = decide(case)
        if self.as_recorded is None or entry.event_id in self.as_recorded:
            fate, commits = _recorded_fate(decided), decided.commits or commits
            approved = decided.word == "approve"
        else:
            fate = self._fate(decided, decision)
            approved = decision.outcome != "allow"
        if fate == "made" and commits is not None:
            self._book.commit(entry.event_id, commits, entry.who, entry.at, approved=approved)
        return Redecided(decided, decision, fate, commits)

    def settled(self, settled: ToolCallSettled) -> None:
        """The system answered: what it declined moved no money."""
        if settled.status == "tool_error" and settled.intent_id is not None:
            self._book.declined(settled.intent_id)

    def _fate(self, decided: Decided, decision: Decision) -> Fate:
        run_id = decided.entry.run_id
        if decision.outcome == "deny":
            return "refused"
        if decision.outcome == "allow":
            if not decided.went_out:
                self._freed.add(decided.family)
            return "made"
        if decided.word is not None:  # a person spoke on this very call
            return "made" if decided.word == "approve" else "refused"
        if decided.went_out and run_id is not None:
            self._stopped.add(run_id)
        return "waits"

    def _commits(self, decided: Decided) -> Commitment | None:
        tool = self.in_force.tools(decided.entry.seq).get(decided.tool)
        if tool is None:
            return None
        if tool.roles.price is not None:
            return _in_currency(decided.commits, self.policy.money)
        return commitment(tool, decided.sent, self.policy.money)


def _recorded_fate(decided: Decided) -> Fate:
    if decided.went_out:
        return "made"
    return "waits" if decided.outcome == "needs_approval" and decided.word is None else "refused"


def _in_currency(commits: Commitment | None, money: MoneyPolicy) -> Commitment | None:
    """A looked-up price, where it was recorded in the currency the bands are in."""
    return commits if commits is not None and commits.currency == money.currency else None


def replayed(
    past: Past,
    policy: Policy,
    autonomies: "Autonomies",
    autonomy: AutonomyRules | None = None,
    as_recorded: frozenset[str] | None = None,
) -> list[Redecided]:
    """Every decision of the period under `policy`, in order.

    Args:
        autonomy: what each phase may do alone; null: as the standard of the time said.
        as_recorded: decisions whose calls go the recorded way whatever is decided; null: all of them.
    """
    replay = GateReplay(policy, past.in_force, autonomy, as_recorded)
    found = []
    settled = (entry for entry in past.events if isinstance(entry.event, ToolCallSettled))
    for item in _in_order(decisions(past.events, past.in_force), settled):
        if isinstance(item, Decided):
            found.append(replay.again(item, autonomies.of(item.entry.run_id)))
        elif isinstance(item.event, ToolCallSettled):
            replay.settled(item.event)
    return found


def _in_order(decided: Iterable[Decided], settled: Iterable[Recorded]) -> Sequence[Decided | Recorded]:
    both: list[tuple[int, Decided | Recorded]] = [(each.entry.seq, each) for each in decided]
    both += [(entry.seq, entry) for entry in settled]
    return [each for _, each in sorted(both, key=lambda pair: pair[0])]


class Autonomies:
    """What each phase could do alone in each run, by the standard it ran under."""

    def __init__(self, past: Past, today: AutonomyRules) -> None:
        """
        Args:
            today: for runs whose standard is not in the record.
        """
        self._today = today
        self._by_run: dict[str, AutonomyRules] = {}
        for entry in past.events:
            if not isinstance(entry.event, RunStarted | RunEnded) or entry.run_id is None:
                continue
            standard = past.in_force.standard(entry.event.standard)
            if standard is not None:
                rules = standard.autonomy
                self._by_run[entry.run_id] = AutonomyRules(
                    starts_in=rules.starts_in, edge_effects=frozenset(rules.edge_effects)
                )

    def of(self, run_id: str | None) -> AutonomyRules:
        """Those of the run."""
        return self._by_run.get(run_id or "", self._today)
