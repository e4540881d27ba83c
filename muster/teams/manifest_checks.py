"""Rules that tie a manifest's fields to one another and to the files beside it.

They read the document as parsed, not the validated model, so that they find what they can in a manifest that
also has a misspelt field, and the owner sees every problem at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from muster.teams.manifest_problems import ManifestFile

PROMPT_HEADING = "# Role: "

_Agent = tuple[int, Mapping[str, object]]


def check_across(file: ManifestFile, model_roles: Collection[str] | None) -> None:
    """Add to `file` every problem that takes more than one field, or a file, to see."""
    document = file.document
    if not isinstance(document, Mapping):
        return
    agents = list(_agents(document))
    names = [name for _, agent in agents if isinstance(name := agent.get("name"), str)]
    _check_names(file, agents)
    _check_coordinator(file, document, names)
    for position, agent in agents:
        _check_hand_offs(file, position, agent, names)
        _check_prompt(file, position, agent)
        _check_repeats(file, position, agent)
        _check_budget(file, document, position, agent)
        if model_roles is not None:
            _check_model(file, position, agent, model_roles)


def _agents(document: Mapping[str, object]) -> Iterator[_Agent]:
    agents = document.get("agents")
    for position, agent in enumerate(agents if isinstance(agents, list) else []):
        if isinstance(agent, Mapping):
            yield position, agent


def _check_names(file: ManifestFile, agents: list[_Agent]) -> None:
    first_line: dict[str, int] = {}
    for position, agent in agents:
        name = agent.get("name")
        if not isinstance(name, str):
            continue
        at = ("agents", position, "name")
        if name in first_line:
            what = f"two agents are named {name!r} (first on line {first_line[name]})"
            file.report(at, what, "rename one of them")
        else:
            first_line[name] = file.line(at)


def _check_coordinator(file: ManifestFile, document: Mapping[str, object], names: list[str]) -> None:
    coordinator = document.get("coordinator")
    if isinstance(coordinator, str) and names and coordinator not in names:
        file.report(("coordinator",), f"no agent is named {coordinator!r}", f"use one of {', '.join(names)}")


def _check_hand_offs(
    file: ManifestFile, position: int, agent: Mapping[str, object], names: list[str]
) -> None:
    for index, target in _strings(agent.get("hand_off_to")):
        at = ("agents", position, "hand_off_to", index)
        if target == agent.get("name"):
            file.report(at, f"{target!r} would hand work to itself", "remove it from hand_off_to")
        elif target not in names:
            others = ", ".join(name for name in names if name != agent.get("name")) or "no other agent"
            file.report(at, f"no agent is named {target!r}", f"use one of {others}")


def _check_prompt(file: ManifestFile, position: int, agent: Mapping[str, object]) -> None:
    prompt = agent.get("prompt")
    if not isinstance(prompt, str):
        return
    at = ("agents", position, "prompt")
    heading = f"`{PROMPT_HEADING}<title>`"
    folder = file.path.parent.resolve()
    target = (folder / prompt).resolve()
    if not target.is_relative_to(folder):
        file.report(at, f"{prompt} is outside the team's folder", "keep prompts beside the manifest")
    elif not target.is_file():
        file.report(at, f"there is no prompt file {prompt}", f"write it, starting with {heading}")
    elif not _starts_with_role(target):
        file.report(at, f"{prompt} has no role line", f"make its first line {heading}")


def _starts_with_role(prompt: Path) -> bool:
    with prompt.open(encoding="utf-8", errors="replace") as lines:
        heading = lines.readline()
    return heading.startswith(PROMPT_HEADING) and len(heading.strip()) > len(PROMPT_HEADING)


def _check_repeats(file: ManifestFile, position: int, agent: Mapping[str, object]) -> None:
    for field in ("tools", "hand_off_to", "knowledge"):
        seen: set[str] = set()
        for index, value in _strings(agent.get(field)):
            if value in seen:
                at = ("agents", position, field, index)
                file.report(at, f"{value!r} is listed twice", "remove one of the two")
            seen.add(value)


def _check_budget(
    file: ManifestFile, document: Mapping[str, object], position: int, agent: Mapping[str, object]
) -> None:
    day = _amount(agent.get("budget"), "usd_per_day")
    task = _amount(agent.get("budget"), "usd_per_task")
    team_day = _amount(document.get("budget"), "usd_per_day")
    if day is not None and task is not None and task > day:
        at = ("agents", position, "budget", "usd_per_task")
        what = f"a task may cost {task} but a day only {day}"
        file.report(at, what, "lower usd_per_task or raise usd_per_day")
    if day is not None and team_day is not None and day > team_day:
        at = ("agents", position, "budget", "usd_per_day")
        what = f"the agent may spend {day} a day, the team only {team_day}"
        file.report(at, what, "lower it or raise the team's")


def _check_model(
    file: ManifestFile, position: int, agent: Mapping[str, object], model_roles: Collection[str]
) -> None:
    role = agent.get("model")
    if isinstance(role, str) and role not in model_roles:
        at = ("agents", position, "model")
        file.report(at, f"no model role is named {role!r}", f"use one of {', '.join(sorted(model_roles))}")


def _strings(value: object) -> Iterator[tuple[int, str]]:
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, str):
            yield index, item


def _amount(section: object, field: str) -> Decimal | None:
    value = section.get(field) if isinstance(section, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(str(value))
