"""What a manifest may not loosen: every value of it that the standard holds a floor or a ceiling for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from muster.teams.manifest_model import TeamManifest
from muster.teams.manifest_problems import ManifestFile
from muster.teams.manifest_wording import dotted
from muster.teams.standard import Standard

_Place = tuple[str | int, ...]


def check_floor(file: ManifestFile, document: Mapping[str, object], standard: Standard) -> None:
    """Add to `file` every value that is looser than `standard`."""
    limits, floor = standard.limits, standard.escalation
    _ceiling(file, document, ("shift", "task_time_limit_seconds"), limits.task_time_limit_seconds)
    for at in _agents(document):
        _ceiling(file, document, (*at, "budget", "model_calls_per_task"), limits.model_calls_per_task)
        _ceiling(file, document, (*at, "escalate", "tool_calls_over"), floor.tool_calls_over)
        _least(file, document, (*at, "escalate", "confidence_below"), floor.confidence_floor)
        if floor.customer_asks:
            _not_off(file, document, (*at, "escalate", "customer_asks"))


def filled(manifest: TeamManifest, standard: Standard) -> TeamManifest:
    """The manifest with the standard in the place of what its owner left out."""
    agents = tuple(
        agent
        if "confidence_below" in agent.escalate.model_fields_set
        else agent.model_copy(
            update={
                "escalate": agent.escalate.model_copy(
                    update={"confidence_below": standard.escalation.confidence_below}
                )
            }
        )
        for agent in manifest.agents
    )
    return standard.applied_to(manifest.model_copy(update={"agents": agents}))


def _agents(document: Mapping[str, object]) -> Iterator[_Place]:
    agents = document.get("agents")
    for position in range(len(agents) if isinstance(agents, list) else 0):
        yield ("agents", position)


def _ceiling(file: ManifestFile, document: Mapping[str, object], at: _Place, most: int) -> None:
    value = _number(document, at)
    if value is not None and value > most:
        what = f"{dotted(at)} is {value:g}, above the limit of the standard"
        file.report(at, what, f"set it to {most} or less")


def _least(file: ManifestFile, document: Mapping[str, object], at: _Place, least: float) -> None:
    value = _number(document, at)
    if value is not None and 0 <= value < least:
        what = f"{dotted(at)} is {value:g}, below the floor of the standard"
        file.report(at, what, f"set it to {least:g} or more")


def _not_off(file: ManifestFile, document: Mapping[str, object], at: _Place) -> None:
    if _value(document, at) is False:
        what = f"{dotted(at)} is false, looser than the standard"
        file.report(at, what, "remove it: a customer who asks for a person gets one")


def _number(document: Mapping[str, object], at: _Place) -> float | None:
    value = _value(document, at)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _value(document: object, at: _Place) -> object:
    for step in at:
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int):
            document = document[step]
        else:
            return None
    return document
