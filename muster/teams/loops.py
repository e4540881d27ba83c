"""Stops a run that goes on without getting anywhere, and lets one through that only looks like it.

Pure and deterministic: the same steps give the same answer, so a run that is taken over stops there too.
How well it tells loops from work is printed by `muster standard loops`.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from muster.ledger.events import Effect
from muster.teams.standard_rules import LoopRules

LONGEST_CIRCLE = 6
"""Calls of the longest circle that is looked for."""
VOLATILE_AFTER = 2
"""Different results of one and the same call after which a further one is no news: a clock, a counter."""

StepStatus = Literal["ok", "tool_error", "transport_error", "refused"]


@dataclass(frozen=True, slots=True)
class Step:
    """A tool call of a run, with what came back; `LoopWatch` makes them."""

    agent: str
    tool: str
    arguments_sha256: str
    result_sha256: str
    """Of the text the agent was given, also when that is an error or a refusal."""
    status: StepStatus
    effect: Effect | None = None
    """What the tool does to the world; null when it is not known, as for a tool that does not exist."""
    gist_sha256: str | None = None
    """Of the result without the times and request numbers in it; null when it has none."""
    announced: bool = False
    """Every argument stands in what the agent was given before: it works through a list."""


@dataclass(slots=True)
class _Track:
    """What one agent has done so far; a colleague's calls say nothing about it."""

    seen: set[tuple[str, str]] = field(default_factory=set)
    """(tool, result) pairs it has been given."""
    asked: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """The different results of each (tool, arguments)."""
    gists: set[tuple[str, str, str]] = field(default_factory=set)
    """(tool, arguments, gist)."""
    acts: set[tuple[str, str]] = field(default_factory=set)
    """(tool, arguments) of acts that succeeded."""
    halves: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """Since the last news, twice the number of each (tool, arguments, gist) and each (tool, result); one that
    only differs in its times counts half. The empty key counts all calls."""
    latest: deque[Step] = field(default_factory=deque)
    errors: int = 0


class LoopBreaker:
    """Watches the tool calls of one run."""

    def __init__(self, rules: LoopRules) -> None:
        self._rules = rules
        self._tracks: dict[str, _Track] = defaultdict(_Track)

    def saw(self, step: Step) -> str | None:
        """Why the run should stop after `step`, for a person to read; None while it gets somewhere."""
        track, rules = self._tracks[step.agent], self._rules
        track.latest.append(step)
        if len(track.latest) > LONGEST_CIRCLE * rules.cycle:
            track.latest.popleft()
        _count(track, step)
        track.errors = 0 if step.status == "ok" else track.errors + 1
        again = track.halves[step.tool, step.arguments_sha256, _gist(step)] // 2
        if again >= rules.same_call:
            return f"{step.tool} was called again and again and answered the same"
        if track.errors >= rules.errors_in_a_row:
            return f"{track.errors} tool calls in a row failed"
        alike = track.halves[step.tool, step.result_sha256] // 2
        if alike >= rules.same_result:
            return f"{step.tool} answered the same {alike} times, whatever it was asked"
        stale = track.halves[()] // 2
        if stale >= rules.no_new_results:
            return f"{stale} tool calls in a row brought nothing new"
        circle = failing_circle(list(track.latest), rules.cycle)
        if circle:
            return f"{', '.join(circle)} went round {rules.cycle} times and failed each time"
        return None


def _count(track: _Track, step: Step) -> None:
    call = (step.tool, step.arguments_sha256)
    gist = (*call, _gist(step))
    answer = (step.tool, step.result_sha256)
    results = track.asked.get(call, set())
    changes = step.result_sha256 not in results
    volatile = changes and len(results) >= VOLATILE_AFTER
    told_before = gist in track.gists
    news = not volatile and _is_news(track, step)
    track.seen.add(answer)
    track.asked[call].add(step.result_sha256)
    track.gists.add(gist)
    if _acted(step):
        track.acts.add(call)
    if volatile and not told_before:
        return
    if news:
        track.halves.clear()
    weight = 1 if volatile else 2
    track.halves[gist] += weight
    track.halves[answer] += weight
    if not news:
        track.halves[()] += weight


def _is_news(track: _Track, step: Step) -> bool:
    """A result the agent has not had from this tool, an act it has not done yet, or the next of a list."""
    call = (step.tool, step.arguments_sha256)
    if (step.tool, step.result_sha256) not in track.seen:
        return True
    if _acted(step):
        return call not in track.acts
    return step.announced and step.status == "ok" and call not in track.asked


def _acted(step: Step) -> bool:
    """Whether it may have changed something; an unknown effect may have."""
    return step.status == "ok" and step.effect != "read"


def _gist(step: Step) -> str:
    return step.gist_sha256 or step.result_sha256


def failing_circle(steps: Sequence[Step], rounds: int) -> list[str]:
    """The tools of the shortest circle the last steps went round `rounds` times, failing in each; else none.

    Arguments and results may differ from round to round, as when a record is read and its change refused,
    each time with a newer version number. A round that also changed something is work.
    """
    for length in range(2, LONGEST_CIRCLE + 1):
        last = steps[-length * rounds :]
        if len(last) < length * rounds:
            return []
        shape = [(step.tool, step.status) for step in last]
        several = len({tool for tool, _ in shape}) > 1
        fails = any(status != "ok" for _, status in shape[:length])
        if several and fails and shape == shape[:length] * rounds and not any(map(_acted, last)):
            return [tool for tool, _ in shape[:length]]
    return []
