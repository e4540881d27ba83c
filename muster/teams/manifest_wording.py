"""A validation error in a team owner's words: which field, what is wrong with it, what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from muster.teams.manifest_model import (
    AgentBudget,
    AgentManifest,
    ConfidenceManifest,
    EscalationRules,
    IntakeManifest,
    ShiftManifest,
    TeamBudget,
    TeamManifest,
)
from muster.teams.manifest_problems import ManifestFile

_SECTIONS: dict[str, type[BaseModel]] = {
    "": TeamManifest,
    "intake": IntakeManifest,
    "shift": ShiftManifest,
    "budget": TeamBudget,
    "agents": AgentManifest,
    "agents.budget": AgentBudget,
    "agents.confidence": ConfidenceManifest,
    "agents.escalate": EscalationRules,
}
_FORMS = {
    "team": "lower-case letters, digits and _, starting with a letter",
    "name": "lower-case letters, digits and _, starting with a letter",
    "coordinator": "the name of one of the agents",
    "hand_off_to": "names of agents of this team",
    "delegate_to": "names of agents of this team",
    "transaction_types": "lower-case letters, digits and _, starting with a letter",
    "verifier": "a model role such as specialist",
    "model": "a model role such as coordinator, classifier, specialist or writer",
    "tools": "`<server>__<tool>`, such as shop__get_order",
    "mail": "an address such as support@company.example",
    "owner": "the mail address of a person",
    "folder": "a folder name without slashes",
    "prompt": "a path to a .md file beside the manifest, such as prompts/clerk.md",
}


def report_validation(file: ManifestFile, error: ValidationError) -> None:
    """Add one problem to `file` for each thing pydantic found."""
    for detail in error.errors():
        at = place(detail)
        what, do = _words(at, detail)
        file.report(at, what, do)


def place(detail: ErrorDetails) -> tuple[str | int, ...]:
    """The keys and list positions that lead to what pydantic found."""
    return tuple(step for step in detail["loc"] if step != "[key]")


def _words(at: tuple[str | int, ...], detail: ErrorDetails) -> tuple[str, str]:
    field = dotted(at)
    name = next((str(part) for part in reversed(at) if isinstance(part, str)), "")
    context: dict[str, Any] = detail.get("ctx") or {}
    match detail["type"]:
        case "missing":
            return f"{field} is missing", f"add `{name}:`"
        case "extra_forbidden":
            return f"{field} is not a field of a manifest", _advice_on_unknown(at)
        case "greater_than":
            return f"{field} is {detail['input']}", f"set it above {context['gt']}"
        case "greater_than_equal":
            return f"{field} is {detail['input']}, below the floor", f"set it to {context['ge']} or more"
        case "less_than_equal":
            return f"{field} is {detail['input']}, above the limit", f"set it to {context['le']} or less"
        case "literal_error":
            return f"{field} is {detail['input']!r}", f"use {context['expected']}"
        case "string_pattern_mismatch":
            return f"{field} is {detail['input']!r}", f"write {_FORMS.get(name, 'it in the expected form')}"
        case "too_short" | "string_too_short":
            return f"{field} is empty", "fill it in"
    return f"{field}: {detail['msg'].lower()}", "correct the value"


def _advice_on_unknown(at: Sequence[str | int]) -> str:
    *above, unknown = at
    section = _SECTIONS.get(".".join(part for part in above if isinstance(part, str)))
    known = list(section.model_fields) if section else []
    close = difflib.get_close_matches(str(unknown), known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"remove it; fields here are {', '.join(known)}" if known else "remove it"


def dotted(at: Sequence[str | int]) -> str:
    """A place in a file as people write it: `agents[0].budget.usd_per_day`."""
    text = ""
    for part in at:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the manifest"
