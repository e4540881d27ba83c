"""Recorded runs watched again under another standard, by the watch that watches runs at work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from muster.gateway.idempotency import derived_key
from muster.gateway.tool import PinnedTool
from muster.ledger.events import (
    Commitment,
    DelegationAnswered,
    EscalationRaised,
    EscalationReason,
    RunEnded,
    RunStarted,
    ToolCallIntended,
    ToolCallRefused,
    ToolCallSettled,
)
from muster.teams.errors import PersonNeededError
from muster.teams.manifest_model import AgentManifest, EscalationRules, TeamManifest
from muster.teams.run_watch import RunWatch, is_unsure
from muster.teams.standard import Standard
from muster.whatif.past import Past
from muster.whatif.recorded import Recorded

_GATEWAY = "service:gateway"
REPLAYED: tuple[EscalationReason, ...] = (
    "low_confidence",
    "too_many_tool_calls",
    "policy_denied",
    "error_persists",
    "no_progress",
)
"""Reasons the watch itself can find; agents and models can give some of them, too."""
_SURELY_OURS: tuple[EscalationReason, ...] = ("low_confidence", "too_many_tool_calls")


@dataclass(slots=True)
class CallMade:
    """One call of a run, all attempts at it."""

    agent: str
    tool: str
    arguments: Mapping[str, object]
    intended: ToolCallIntended | None = None
    end: ToolCallSettled | ToolCallRefused | None = None
    """The last one; null while nobody knows it, or while it waits for a person."""

    @property
    def commits(self) -> Commitment | None:
        """The money it committed; null when none, or when the system declined."""
        declined = isinstance(self.end, ToolCallSettled) and self.end.status == "tool_error"
        return None if self.intended is None or declined else self.intended.commits


@dataclass(slots=True)
class Story:
    """A run as it is recorded."""

    run_id: str
    task_id: str | None
    team: str
    version: int
    calls: dict[str, CallMade] = field(default_factory=dict)
    """By call, whichever attempt; in the order they were asked for."""
    ended: RunEnded | None = None
    """Null while it is not over."""
    ended_by: str = ""
    """The agent that had the work when the run ended."""
    reason: EscalationReason | None = None
    """Why a person was called; null when none was."""
    raised_by: str = ""
    standard: str | None = None
    """The label of the standard that decided."""
    answers: list[DelegationAnswered] = field(default_factory=list)

    @property
    def said_confidence(self) -> float | None:
        """The confidence of the answer the run ended with; null when it ended with none."""
        finished = self.reason in (None, "low_confidence")
        return self.ended.confidence if self.ended is not None and finished else None


@dataclass(frozen=True, slots=True)
class Rewatched:
    """How a run would have ended under the other standard."""

    story: Story
    reason: EscalationReason | None
    """The rule that calls a person; null when none does."""
    detail: str
    """Its words."""
    at_call: int | None
    """After so many of the recorded calls; null when the run comes to its recorded end."""
    unsure_colleagues: tuple[DelegationAnswered, ...]
    """Answers of colleagues that would have counted otherwise: what came of that is not known."""

    @property
    def same(self) -> bool:
        """Whether the run ends as it did."""
        if self.at_call is not None:
            return False
        if self.reason is not None:
            return self.reason == self.story.reason
        return self.story.reason not in _SURELY_OURS


class Stories:
    """The runs of a period."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self.by_run: dict[str, Story] = {}
        for entry in past.events:
            if entry.run_id is not None:
                self._take_in(entry, entry.run_id)

    def of_tasks(self) -> list[Story]:
        """The runs of the tasks the question is about, in the order they began."""
        return [story for story in self.by_run.values() if story.task_id in self._past.task_ids]

    def _take_in(self, entry: Recorded, run_id: str) -> None:
        if isinstance(entry.event, RunStarted):
            began = Story(run_id, entry.task_id, entry.team or "", entry.event.team_version)
            self.by_run.setdefault(run_id, began).standard = entry.event.standard
            return
        story = self.by_run.get(run_id)
        if story is None:
            return
        match entry.event:
            case ToolCallIntended() as intended if entry.actor != _GATEWAY:
                tool = self._past.in_force.tools(entry.seq).get(intended.tool)
                arguments = _as_asked(tool, intended, run_id)
                call = CallMade(entry.agent or "", intended.tool, arguments, intended)
                story.calls.setdefault(_family(intended.call_id), call).intended = intended
            case ToolCallRefused() as refused:
                call = CallMade(entry.agent or "", refused.tool, refused.arguments)
                known = story.calls.setdefault(_family(refused.call_id), call)
                known.end = None if refused.approval_id is not None else refused
            case ToolCallSettled() as settled:
                known = story.calls.get(_family(settled.call_id))  # type: ignore[assignment]  # null for a lookup
                if known is not None:
                    known.end = settled
            case DelegationAnswered() as answered:
                story.answers.append(answered)
            case EscalationRaised() as raised:
                story.reason, story.raised_by = raised.reason, entry.agent or ""
                story.standard = raised.standard or story.standard
            case RunEnded() as ended:
                story.ended, story.ended_by = ended, entry.agent or ""
                story.standard = ended.standard or story.standard
            case _:
                pass


def rewatched(story: Story, manifest: TeamManifest, standard: Standard, given: str) -> Rewatched:
    """The run's end under `standard`.

    Args:
        manifest: of the run's team, already held to the standard.
        given: the text of the task.
    """
    watch = RunWatch(standard, given)
    rules = {agent.name: agent.escalate for agent in manifest.agents}
    shown = 0
    try:
        for call in story.calls.values():
            watch.begins(rules.get(call.agent, EscalationRules()))
            shown += 1
            _show(watch, call)
        if story.reason == "too_many_tool_calls":  # the call that was one too many is not in the record
            watch.begins(rules.get(story.raised_by, EscalationRules()))
    except PersonNeededError as needed:
        at_call = shown if shown < len(story.calls) else None
        return Rewatched(story, needed.reason, needed.detail, at_call, ())
    return _at_the_end(story, manifest)


def _at_the_end(story: Story, manifest: TeamManifest) -> Rewatched:
    agents = {agent.name: agent for agent in manifest.agents}
    turned = tuple(answer for answer in story.answers if _turned(answer, agents.get(answer.from_agent)))
    agent, confidence = agents.get(story.ended_by), story.said_confidence
    if agent is not None and is_unsure(agent.escalate, confidence):
        detail = f"confidence {confidence:.2f} is under {agent.escalate.confidence_below:.2f}"
        return Rewatched(story, "low_confidence", detail, None, turned)
    reason = story.reason if story.reason not in _SURELY_OURS else None
    return Rewatched(story, reason, "", None, turned)


def _turned(answer: DelegationAnswered, colleague: AgentManifest | None) -> bool:
    """Whether a colleague's answer would have counted otherwise than it did."""
    if colleague is None or answer.confidence is None:
        return False
    unsure = is_unsure(colleague.escalate, answer.confidence)
    return unsure == (answer.outcome == "answered") and (unsure or answer.answer is not None)


def _show(watch: RunWatch, call: CallMade) -> None:
    end, effect = call.end, None if call.intended is None else call.intended.effect
    match end:
        case ToolCallSettled():
            text = end.result or end.error_message or ""
            watch.saw(call.agent, call.tool, call.arguments, text, end.status, effect=effect)
        case ToolCallRefused():
            text = f"refused ({end.rule}): {end.reason}"
            held = end.verdict == "needs_approval"
            watch.saw(
                call.agent,
                call.tool,
                call.arguments,
                text,
                "refused",
                rule=end.rule,
                held=held,
                effect=effect,
            )
        case None:
            pass


def _as_asked(tool: PinnedTool | None, intended: ToolCallIntended, run_id: str) -> dict[str, object]:
    """The arguments as the agent gave them: without the key the gateway filled in."""
    arguments = dict(intended.arguments)
    key = None if tool is None else tool.key_argument
    if key is not None and arguments.get(key) == derived_key(run_id, intended.tool, intended.call_id):
        del arguments[key]
    return arguments


def _family(call_id: str) -> str:
    return call_id.partition("#")[0]


def manifest_then(past: Past, story: Story) -> TeamManifest | None:
    """The manifest the run went by, as written; null where the record does not keep it."""
    return past.in_force.manifest(story.team, story.version)


def standards_then(past: Past, stories: Iterable[Story]) -> dict[str, Standard]:
    """By run: the standard that decided, where the record keeps it."""
    found = {story.run_id: past.in_force.standard(story.standard) for story in stories}
    return {run_id: standard for run_id, standard in found.items() if standard is not None}
