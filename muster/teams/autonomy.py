"""How much an agent may do alone: what promotes it one step, and what takes a step away."""

import math

from muster.gateway.policy.phases import PHASES, lower
from muster.ledger.events import Phase
from muster.teams.autonomy_evidence import Evidence
from muster.teams.standard_rules import Autonomy


def effective_phase(written: Phase, granted: Phase | None, starts_in: Phase) -> Phase:
    """The phase that holds: the lower of the manifest's and the granted one.

    Args:
        written: what the manifest lets the agent do at most.
        granted: what it was promoted or set to; None when nobody decided about it yet.
        starts_in: the standard's phase for an agent nobody decided about.
    """
    return lower(written, granted or starts_in)


def step_up(phase: Phase) -> Phase | None:
    """The next phase; None above core."""
    place = PHASES.index(phase) + 1
    return PHASES[place] if place < len(PHASES) else None


def step_down(phase: Phase) -> Phase | None:
    """The phase before; None below co-pilot."""
    place = PHASES.index(phase) - 1
    return PHASES[place] if place >= 0 else None


def missing_for_promotion(evidence: Evidence, rules: Autonomy) -> tuple[str, ...]:
    """What is still missing, in words; nothing when the evidence promotes.

    The share of right outcomes must reach `correct_at_least`, and the lower end of its 95 % interval must not
    lie under `breach_correct_below`: an agent that cannot be told from one that would be demoted at once is
    not promoted. So few scored tasks promote nobody, and a hundred need not be flawless.
    """
    missing = []
    if evidence.tasks < rules.tasks_for_promotion:
        missing.append(f"{rules.tasks_for_promotion - evidence.tasks} more real tasks in this phase")
    for count, needed, name in (
        (evidence.error, rules.error_cases_at_least, "error"),
        (evidence.edge, rules.edge_cases_at_least, "edge"),
    ):
        if count.not_wrong < needed:
            missing.append(f"{needed - count.not_wrong} more {name} cases that did not end wrong")
    correct = evidence.correct
    if correct.share is None or correct.low is None:
        missing.append("outcomes held against the truth: none was scored")
    elif correct.share < rules.correct_at_least:
        missing.append(
            f"{correct.share:.1%} of the scored outcomes were right; {rules.correct_at_least:.1%} needed"
        )
    elif correct.low < rules.breach_correct_below:
        missing.append(
            f"more scored outcomes: {correct.right} of {correct.scored} right shows no more than a share of"
            f" {correct.low:.1%}, and {rules.breach_correct_below:.1%} is needed"
        )
    return (*missing, *breaches(evidence, rules))


def breaches(evidence: Evidence, rules: Autonomy) -> tuple[str, ...]:
    """What demotes the agent, in words; nothing when it keeps its phase.

    Wrong outcomes count as soon as a full window could no longer reach the bar, so that the first mistake of
    a new agent demotes nobody and a bad day is not waited out.
    """
    window = evidence.window
    found = []
    allowed = rules.breach_window - math.ceil(rules.breach_correct_below * rules.breach_window - 1e-9)
    if window.wrong > allowed:
        found.append(
            f"{window.wrong} of the last {window.scored} scored outcomes were wrong; {allowed} of"
            f" {rules.breach_window} may be"
        )
    if window.denials >= rules.breach_denials:
        found.append(f"policy denied {window.denials} calls in the last {window.tasks} tasks")
    if window.uncertain >= rules.breach_uncertain:
        found.append(f"{window.uncertain} side effects of unknown outcome in the last {window.tasks} tasks")
    if window.overreached:
        found.append(
            f"{window.overreached} of the last {window.tasks} tasks had an effect that was forbidden"
        )
    return tuple(found)
