"""The ways work takes between the agents of a team: who hands to whom, who asks whom, and in what circles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muster.teams.manifest_problems import ManifestFile
from muster.teams.standard import Standard

Agents = Sequence[tuple[int, Mapping[str, object]]]
"""Each agent's position in the file with what is written there."""


def check_ways(file: ManifestFile, agents: Agents, standard: Standard) -> None:
    """Add to `file` every way that leads to nobody, to oneself, or round a circle that cannot end.

    Every agent has the tool `finish`, so no way is without an end. Work may come back to an agent, as from a
    keeper to the analyst whose figures did not fit: the standard's `visits_per_agent` ends such a circle, and
    where it is 1 the circle is refused, because nobody could ever go round it. Questions in a circle are
    always refused: each agent would wait for the other.
    """
    names = [name for _, agent in agents if isinstance(name := agent.get("name"), str)]
    for position, agent in agents:
        _check_targets(file, position, agent, "hand_off_to", "hand work to itself", names)
        _check_targets(file, position, agent, "delegate_to", "ask itself", names)
    _check_circle(file, agents, "delegate_to", "would wait for one another", "ask in one direction only")
    if standard.limits.visits_per_agent < 2:
        why = "go in a circle, and the standard lets an agent have the work only once"
        _check_circle(file, agents, "hand_off_to", why, "take this one out")


def _check_targets(
    file: ManifestFile,
    position: int,
    agent: Mapping[str, object],
    field: str,
    to_itself: str,
    names: Sequence[str],
) -> None:
    for index, target in enumerate(targets(agent, field)):
        at = ("agents", position, field, index)
        if target == agent.get("name"):
            file.report(at, f"{target!r} would {to_itself}", f"remove it from {field}")
        elif target not in names:
            others = ", ".join(name for name in names if name != agent.get("name")) or "no other agent"
            file.report(at, f"no agent is named {target!r}", f"use one of {others}")


def _check_circle(file: ManifestFile, agents: Agents, field: str, why: str, do: str) -> None:
    """Report the entry that closes each circle, where it stands in the file."""
    places = {str(agent.get("name")): position for position, agent in agents}
    ways = {str(agent.get("name")): targets(agent, field) for _, agent in agents}
    for circle in circles(ways):
        *_, last, first = circle
        at = ("agents", places[last], field, ways[last].index(first))
        file.report(at, f"{' → '.join(circle)} {why}", do)


def targets(agent: Mapping[str, object], field: str) -> list[str]:
    """What stands in a list of the agent, each at its position."""
    listed = agent.get(field)
    return [str(target) for target in listed] if isinstance(listed, list) else []


def circles(ways: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """A circle for each way that closes one, its first agent again at the end; none when there is none."""
    found: list[list[str]] = []
    done: set[str] = set()

    def follow(path: list[str]) -> None:
        for target in ways[path[-1]]:
            if target in path[:-1]:
                found.append([*path[path.index(target) :], target])
            elif target in ways and target not in done and target != path[-1]:
                follow([*path, target])
        done.add(path[-1])

    for name in ways:
        if name not in done:
            follow([name])
    return found
