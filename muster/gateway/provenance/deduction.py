"""What follows from a run's calls: which of them were explained, and which rows their task has chosen."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from muster.gateway.provenance.answers import parsed
from muster.gateway.provenance.call import DECIDED, Call, Leaf, call_of, may_decide
from muster.gateway.provenance.chosen import NOTHING, ChosenRows, Pairs
from muster.gateway.provenance.explained import Explained
from muster.gateway.provenance.explaining import Explainer, Explanation, VouchedText
from muster.gateway.provenance.known import Known
from muster.gateway.provenance.passage import Passage
from muster.gateway.provenance.policy import ProvenancePolicy, Rule
from muster.gateway.provenance.rows import Row, rows_in
from muster.gateway.provenance.sent import SentValues, own_words, unsure
from muster.gateway.provenance.sources import RuleSources
from muster.gateway.provenance.spelling import leaves
from muster.gateway.provenance.task import TaskGiven, TaskWords
from muster.gateway.registration import ArgumentRoles
from muster.ledger.events import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMade:
    """A call that was carried out."""

    call_id: str
    tool: str
    """As agents see it: `<server>__<tool>`."""
    arguments: Mapping[str, Any]
    answer: Any
    """Parsed, or the text as it came."""
    explained: bool = False
    """Whether a person approved it."""
    effect: Effect | None = None
    """What the tool does to the world; null: a read, unless its registration has parts only a write has."""
    agent: str | None = None
    """Who made it; null: the agent the history is for."""


@dataclass(slots=True, eq=False)
class SeenCall:
    """A call the run made, as far as it matters here."""

    made: CallMade
    number: int
    roles: ArgumentRoles
    reads: bool
    data: Any
    call: Call
    rows: list[Row]
    explained: bool = False
    looked_at: int = -1
    """As of how many conclusions its arguments were last looked at."""
    _heard: Passage | None = None

    @property
    def heard(self) -> Passage:
        """The beginning of the answer as words, whoever wrote them."""
        if self._heard is None:
            self._heard = Passage(str(self.data)[:_SEARCHED].replace("\\n", " "))
        return self._heard

    @property
    def name(self) -> str:
        """The call as people are told of it."""
        return f"{self.made.tool} ({self.made.call_id})"


_SEARCHED = 20_000


class Deduction:
    """Takes in calls one by one and draws every conclusion at once."""

    def __init__(
        self,
        task: TaskGiven | None,
        policy: ProvenancePolicy,
        rules_of: Callable[[str], tuple[Rule, ...]],
        distrusted: Mapping[str, set[str]],
    ) -> None:
        self.words = TaskWords(task)
        self.seen: list[SeenCall] = []
        self.rows = ChosenRows()
        self._rules_of = rules_of
        self._pending: list[SeenCall] = []
        self._rows_anchor = any(
            not text.startswith("task.")
            for rule in rules_of("")
            for texts in rule.anchors.values()
            for text in texts
        )
        self.sent = SentValues(distrusted)
        self._texts: list[VouchedText] = []
        if task is not None and policy.trusts(task.channel, task.source):
            self._texts.append(VouchedText("task", self.words.text))
        self._sources = RuleSources(self.words, self.rows)
        self.explainer = Explainer(Known(policy.known), self._texts, self.rows, self.sent, self._sources)

    def take_in(self, made: CallMade, roles: ArgumentRoles | None, agent: str) -> None:
        """Add a call that settled well; `agent` made it."""
        roles = roles or ArgumentRoles()
        reads = _is_read(made, roles)
        number = len(self.seen)
        call = call_of(made.tool, agent, roles, made.arguments, every=reads)
        if not reads and not made.explained:
            explanation = self.explanation_of(call)
            sent = unsure(call, explanation.found, self.explainer.vouched_anywhere)
            self.sent.add(call.server, number, sent, own_words(call, explanation.found))
        data = parsed(made.answer, roles.returns.format)
        rows = rows_in(data, roles.returns, made.tool, made.call_id, number)
        for row in rows:
            self._believe(row)
        seen = SeenCall(made, number, roles, reads, data, call, rows)
        self.seen.append(seen)
        self._pending.append(seen)
        for row in rows:
            self.rows.add(row)
        self._settle(rows)

    def explanation_of(self, call: Call) -> Explanation:
        """Who vouches for each value of a call that is about to be made."""
        return self.explainer.explain(call, self._rules_of(call.agent))

    def _believe(self, row: Row) -> None:
        """Leave out of a row what may only be an agent's own words read back."""
        for kind, values in list(row.fields.items()):
            names = row.names.get(kind, ())
            sure = [v for v in values if not self.sent.doubts(row.server, kind, v, row.seen_at, names)]
            for value in sure:
                self.sent.believe(row.server, kind, value)
            if sure:
                row.fields[kind] = sure
            else:
                del row.fields[kind]

    def _settle(self, fresh: Iterable[Row]) -> None:
        """Choose all that follows, until nothing more does; only `fresh` rows were never looked at."""
        rows: Iterable[Row] = fresh
        while True:
            self.rows.choose_where(rows, self._named)
            texts = len(self._texts)
            explained = [seen for seen in list(self._pending) if self._look_at(seen)]
            if not explained:
                return
            again = len(self._texts) > texts or self._rows_anchor
            rows = list(self.rows.waiting) if again else ()

    def _look_at(self, seen: SeenCall) -> bool:
        """Whether the call turns out to be explained by what is known by now."""
        if seen.looked_at == self._conclusions:
            return False
        seen.looked_at = self._conclusions
        reasons = self._reasons(seen)
        if reasons is None:
            return False
        rests_on, by_agent = reasons
        self._pending.remove(seen)
        self._conclude(seen, rests_on, by_agent=by_agent)
        return True

    @property
    def _conclusions(self) -> int:
        """Grows with everything that could explain more."""
        return self.rows.count + len(self._texts) + self._sources.count

    def _conclude(self, seen: SeenCall, rests_on: Pairs, *, by_agent: bool) -> None:
        seen.explained = True
        self._sources.register(seen.rows)
        if by_agent:
            return
        if seen.roles.returns.everything:
            self._texts.append(_vouched_text(seen))
        for row in seen.rows:
            if row.alone:
                self.rows.choose(row, rests_on)

    def _named(self, row: Row) -> Pairs | None:
        by_task = self.explainer.named_by_task(row)
        return by_task if by_task is not None else self._sources.anchored(row, self._rules_of(""))

    def _reasons(self, seen: SeenCall) -> tuple[Pairs, bool] | None:
        """What a call's being explained rests on, and whether it was only the agent's decision."""
        if seen.made.explained:
            return NOTHING, False
        explanation = self.explanation_of(seen.call)
        found = dict(explanation.found)
        for leaf in seen.call.controlling:
            if leaf in found:
                continue
            granted = self._granted(leaf, seen.call) if seen.reads else None
            if granted is None or leaf in explanation.problems:
                return None
            found[leaf] = granted
        pairs = NOTHING.union(*(each.rests_on for each in found.values()))
        return pairs, any(each.by_agent for each in found.values())

    def _granted(self, leaf: Leaf, call: Call) -> Explained | None:
        """Why a read may ask for this value: the task is about it, or it is the agent's to choose."""
        for rule in self._rules_of(call.agent):
            if any(self._sources.names(text, leaf.spelling) for text in rule.anchors.get(leaf.kind, ())):
                return Explained(rule.origin)
        if may_decide(call.roles, leaf.argument, leaf.value):
            return Explained(DECIDED, vouched=False, by_agent=True)
        return None


def _vouched_text(seen: SeenCall) -> VouchedText:
    text = "\n".join(str(leaf) for _, leaf in leaves(seen.data))
    return VouchedText(f"row {seen.name}", Passage(text), seen.call.server, seen.number)


def _is_read(made: CallMade, roles: ArgumentRoles) -> bool:
    effect = made.effect or getattr(roles, "effect", None)
    if effect is not None:
        return bool(effect == "read")
    return not (roles.amount or roles.payee or roles.recipient or roles.idempotency_key or roles.free_text)
