"""Rules that tie a manifest's fields to one another and to the files beside it.

They read the document as parsed, not the validated model, so that they find what they can in a manifest that
also has a misspelt field, and the owner sees every problem at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from muster.teams.manifest_floor import check_floor
from muster.teams.manifest_model import RESERVED_TEAM_NAMES
from muster.teams.manifest_problems import ManifestFile
from muster.teams.manifest_ways import check_ways
from muster.teams.standard import Standard

PROMPT_HEADING = "# Role: "

_Agent = tuple[int, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a manifest is checked against; what is None is not checked."""

    standard: Standard
    model_roles: Collection[str] | None = None
    tools: Collection[str] | None = None
    """Names of the tools that are connected, as `<server>__<tool>`."""


def check_across(file: ManifestFile, around: Surroundings) -> None:
    """Add to `file` every problem that takes more than one field, or a file, to see."""
    document = file.document
    if not isinstance(document, Mapping):
        return
    agents = list(_agents(document))
    names = [name for _, agent in agents if isinstance(name := agent.get("name"), str)]
    _check_names(file, agents)
    _check_team_name(file, document)
    _check_coordinator(file, document, names)
    check_ways(file, agents, around.standard)
    check_floor(file, document, around.standard)
    for position, agent in agents:
        _check_prompts(file, document, position, agent)
        _check_repeats(file, position, agent)
        _check_budget(file, document, position, agent)
        _check_roles(file, position, agent, around.model_roles)
        if around.tools is not None:
            _check_tools(file, position, agent, around.tools)


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


def _check_team_name(file: ManifestFile, document: Mapping[str, object]) -> None:
    name = document.get("team")
    if name in RESERVED_TEAM_NAMES:
        file.report(("team",), f"{name!r} stands for all teams together", "give the team another name")
    for index, value in _repeated(document.get("transaction_types")):
        file.report(("transaction_types", index), f"{value!r} is listed twice", "remove one of the two")


def _check_coordinator(file: ManifestFile, document: Mapping[str, object], names: list[str]) -> None:
    coordinator = document.get("coordinator")
    if isinstance(coordinator, str) and names and coordinator not in names:
        file.report(("coordinator",), f"no agent is named {coordinator!r}", f"use one of {', '.join(names)}")


def _check_prompts(
    file: ManifestFile, document: Mapping[str, object], position: int, agent: Mapping[str, object]
) -> None:
    _check_prompt(file, ("agents", position, "prompt"), agent.get("prompt"))
    known = [value for _, value in _strings(document.get("transaction_types"))]
    by_type = agent.get("prompts")
    for transaction_type, prompt in by_type.items() if isinstance(by_type, Mapping) else ():
        at = ("agents", position, "prompts", str(transaction_type))
        if transaction_type not in known:
            do = _choice(str(transaction_type), known) or "list it in the team's transaction_types"
            file.report(at, f"the team has no transaction type {transaction_type!r}", do)
        _check_prompt(file, at, prompt)


def _check_prompt(file: ManifestFile, at: tuple[str | int, ...], prompt: object) -> None:
    if not isinstance(prompt, str):
        return
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
    for field in ("tools", "hand_off_to", "delegate_to", "knowledge"):
        for index, value in _repeated(agent.get(field)):
            at = ("agents", position, field, index)
            file.report(at, f"{value!r} is listed twice", "remove one of the two")


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


def _check_roles(
    file: ManifestFile, position: int, agent: Mapping[str, object], model_roles: Collection[str] | None
) -> None:
    confidence = agent.get("confidence")
    confidence = confidence if isinstance(confidence, Mapping) else {}
    verifier, method = confidence.get("verifier"), confidence.get("method", "self_report")
    at = ("agents", position, "confidence")
    if method == "verifier" and verifier is None:
        file.report((*at, "method"), "no model role is named to verify", "add `verifier: <model role>`")
    for field, only in (("verifier", "verifier"), ("samples", "samples")):
        if confidence.get(field) is not None and method != only:
            what = f"{field} means nothing with the method {method}"
            file.report((*at, field), what, f"remove it, or set `method: {only}`")
    if model_roles is None:
        return
    for place, role in ((("agents", position, "model"), agent.get("model")), ((*at, "verifier"), verifier)):
        if isinstance(role, str) and role not in model_roles:
            file.report(place, f"no model role is named {role!r}", f"use one of {_listed(model_roles)}")


def _check_tools(
    file: ManifestFile, position: int, agent: Mapping[str, object], tools: Collection[str]
) -> None:
    for index, tool in _strings(agent.get("tools")):
        if tool not in tools:
            at = ("agents", position, "tools", index)
            do = _choice(tool, tools) or "connect it first, or see `muster tool list`"
            file.report(at, f"no tool is named {tool!r}", do)


def _choice(wrong: str, known: Collection[str]) -> str | None:
    close = difflib.get_close_matches(wrong, sorted(known), n=1)
    return f"did you mean {close[0]!r}?" if close else None


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def _repeated(values: object) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for index, value in _strings(values):
        if value in seen:
            yield index, value
        seen.add(value)


def _strings(value: object) -> Iterator[tuple[int, str]]:
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, str):
            yield index, item


def _amount(section: object, field: str) -> Decimal | None:
    value = section.get(field) if isinstance(section, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return Decimal(str(value))
