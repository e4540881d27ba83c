"""Another standard or confidence threshold: which runs would have gone to a person, or not."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from muster.analysis.human import HumanCost
from muster.teams.manifest_model import TeamManifest
from muster.teams.standard import Standard
from muster.whatif.errors import SettingError
from muster.whatif.forecast import OTHER_TRACES, Changed, Forecast, affected_tasks, plural
from muster.whatif.past import Past
from muster.whatif.run_replay import (
    Rewatched,
    Stories,
    Story,
    manifest_then,
    rewatched,
    standards_then,
)
from muster.whatif.truth import let_through, looked_at

Otherwise = Callable[[TeamManifest, Standard], tuple[TeamManifest, Standard]]
"""From the manifest as written and the standard of the time to those of the question."""

_REPLAYED = ("escalation", "loop")
_ELSEWHERE = ("version", "fleet")
"""No part of standard.yaml."""
_ALONE = ("starts_in", "edge_effects")
"""What of the section `autonomy` the gateway decides by; the rest is about promotions."""


@dataclass(frozen=True, slots=True)
class _Again:
    """A run, watched under the standard of its time and under the other."""

    then: Rewatched
    otherwise: Rewatched


def under_confidence(past: Past, least: float, human: HumanCost) -> Forecast:
    """Every answer less sure than `least` goes to a person, but for where the standard's floor is higher.

    Raises:
        SettingError: it is no share from 0 to 1.
    """
    if not 0 <= least <= 1:
        raise SettingError(
            f"a confidence is a share from 0 to 1, not {least:g}", where="--confidence-below", do="write 0.85"
        )
    change = f"answers with a confidence under {least:.2f} go to a person"
    return _forecast(past, change, _every_agent(confidence_below=least), human, ())


def under_tool_calls(past: Past, most: int, human: HumanCost) -> Forecast:
    """A run with more tool calls than `most` goes to a person, or with more than the standard allows.

    Raises:
        SettingError: it is under 1.
    """
    if most < 1:
        raise SettingError(
            f"a run has at least one tool call, not {most}", where="--tool-calls-over", do="write 1 or more"
        )
    change = f"a run with more than {plural(most, 'tool call')} goes to a person"
    return _forecast(past, change, _every_agent(tool_calls_over=most), human, ())


def _every_agent(**rules: float) -> Otherwise:
    """Every manifest says so for every agent; the standard of the time holds beside it."""

    def otherwise(manifest: TeamManifest, standard: Standard) -> tuple[TeamManifest, Standard]:
        agents = tuple(
            agent.model_copy(update={"escalate": agent.escalate.model_copy(update=rules)})
            for agent in manifest.agents
        )
        return manifest.model_copy(update={"agents": agents}), standard

    return otherwise


def under_standard(past: Past, standard: Standard, human: HumanCost, name: str) -> Forecast:
    """The company's standard is another one; manifests are held to it as they were written.

    Args:
        name: of the file, for the reader.
    """

    def otherwise(manifest: TeamManifest, _: Standard) -> tuple[TeamManifest, Standard]:
        return manifest, standard

    labels = Counter(story.standard for story in Stories(past).of_tasks())
    then = [found for label in labels if (found := past.in_force.standard(label)) is not None]
    return _forecast(past, f"the standard is {name}", otherwise, human, _not_replayed(then, standard))


def _forecast(
    past: Past, change: str, otherwise: Otherwise, human: HumanCost, unknown: Sequence[str]
) -> Forecast:
    again, decisions = _watched_again(past, otherwise)
    moved = [each for each in again if _moved(each)]
    changes = [_changed(past, each) for each in moved]
    return Forecast(
        change=change,
        tasks=past.tasks,
        affected=affected_tasks(past, changes, human),
        decisions=decisions,
        reproduced=len(again),
        unknown=(*_unknown(past, moved), *unknown),
    )


def _watched_again(past: Past, otherwise: Otherwise) -> tuple[list[_Again], int]:
    """Each task's last run whose end the standard of its time reproduces, and how many runs there are."""
    stories = list({story.task_id: story for story in Stories(past).of_tasks()}.values())
    standards = standards_then(past, stories)
    found = []
    for story in stories:
        manifest, standard = manifest_then(past, story), standards.get(story.run_id)
        if manifest is None or standard is None:
            continue
        then = _under(past, story, manifest, standard)
        if then.same:
            found.append(_Again(then, _under(past, story, *otherwise(manifest, standard))))
    return found, len(stories)


def _under(past: Past, story: Story, manifest: TeamManifest, standard: Standard) -> Rewatched:
    given = past.given.get(story.task_id or "", "")
    return rewatched(story, standard.applied_to(manifest), standard, given)


def _moved(again: _Again) -> bool:
    then, now = again.then, again.otherwise
    if (then.reason is None) != (now.reason is None) or now.at_call is not None:
        return True
    return then.unsure_colleagues != now.unsure_colleagues


def _changed(past: Past, again: _Again) -> Changed:
    story, now = again.then.story, again.otherwise
    scored = past.truths.get(story.task_id or "")
    about: dict[str, Any] = {"task_id": story.task_id or "", "agent": story.ended_by or None}
    if now.reason is not None and story.reason is None:
        asked = "would have gone to a person"
        where = "" if now.at_call is None else f" after {plural(now.at_call, 'tool call')}"
        unpaid, currency = _unpaid(story, now)
        return Changed(
            **about,
            would_be=f"{asked}{where}: {now.reason.replace('_', ' ')}",
            why=now.detail,
            known=True,
            escalations=1,
            committed=unpaid,
            currency=currency,
            errors=looked_at(scored),
        )
    if now.reason is not None:
        unpaid, currency = _unpaid(story, now)
        return Changed(
            **about,
            would_be="would have gone to a person sooner",
            why=f"{now.detail}; it went to a person later all the same",
            known=True,
            committed=unpaid,
            currency=currency,
            errors=0,
        )
    if again.then.reason == "low_confidence":
        return Changed(
            **about,
            would_be="would have completed with the answer on record",
            why=f"its confidence {story.said_confidence:.2f} would have been enough",
            known=True,
            escalations=-1,
            errors=let_through(scored),
        )
    if again.then.reason is not None:
        why = f"{again.then.detail} would have been allowed"
        return Changed(**about, would_be="would have gone on; how it ends is not known", why=why, known=False)
    why = "a colleague's answer would have counted otherwise"
    return Changed(**about, would_be="the asking agent would have been told otherwise", why=why, known=False)


def _unpaid(story: Story, now: Rewatched) -> tuple[Decimal | None, str | None]:
    """The money that was committed after the call the run would have been stopped at, and its currency."""
    calls = list(story.calls.values())[now.at_call :] if now.at_call is not None else []
    paid = [call.commits for call in calls if call.commits is not None]
    if not paid:
        return None, None
    return -sum((Decimal(each.amount) for each in paid), Decimal(0)), paid[0].currency


def _unknown(past: Past, moved: Sequence[_Again]) -> list[str]:
    """What the record cannot tell about these runs."""
    said = []
    stopped = [each for each in moved if each.otherwise.reason and each.then.reason is None]
    freed = [each for each in moved if each.otherwise.reason is None and each.then.reason]
    sure = [each for each in freed if each.then.reason == "low_confidence"]
    scored = sum((each.then.story.task_id or "") in past.truths for each in sure)
    if stopped:
        said.append(
            f"What a person would have decided about {plural(len(stopped), 'task')} is not known; what the "
            "agents had done before stays done."
        )
    if any(each.otherwise.at_call is not None for each in moved):
        said.append(OTHER_TRACES)
    if sure:
        said.append(
            f"Of {plural(len(sure), 'task')} that would have completed, {scored} were held against a truth; "
            "whether the answers of the others are right is not known."
        )
    if len(freed) > len(sure):
        said.append(
            f"{plural(len(freed) - len(sure), 'run')} would not have been stopped: how they would have gone "
            "on is not in the record."
        )
    if any(each.otherwise.unsure_colleagues != each.then.unsure_colleagues for each in moved):
        said.append("What an agent does when a colleague's answer counts otherwise is not in the record.")
    return said


def _not_replayed(then: Sequence[Standard], standard: Standard) -> tuple[str, ...]:
    """The sections that differ and that a record cannot be held against."""
    skipped = (*_REPLAYED, *_ELSEWHERE, "autonomy")
    names = [
        name
        for name in Standard.model_fields
        if name not in skipped and any(getattr(each, name) != getattr(standard, name) for each in then)
    ]
    own = standard.autonomy.model_dump(exclude=set(_ALONE))
    if any(each.autonomy.model_dump(exclude=set(_ALONE)) != own for each in then):
        names.append("autonomy (promotions)")
    said = []
    if any(each.escalation.customer_asks != standard.escalation.customer_asks for each in then):
        said.append(
            "Whether a customer asked for a person is judged by the agents, not by a rule: what a change of "
            "customer_asks would have done is not in the record."
        )
    if not names:
        return tuple(said)
    return (
        *said,
        f"It differs in {', '.join(names)} as well: what that would have changed is not in the record.",
    )
