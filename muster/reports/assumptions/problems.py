"""What is wrong with a file of assumptions, in the words of whoever answers for it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from muster.reports.assumptions.entries import Entry
from muster.teams.manifest_problems import FileProblemsError, ManifestFile
from muster.teams.manifest_wording import dotted, place


class AssumptionsFileError(FileProblemsError):
    """A file of assumptions cannot be used."""


def report(file: ManifestFile, error: ValidationError, model: type[BaseModel]) -> None:
    """Add one problem to `file` for each thing pydantic found."""
    for detail in error.errors():
        at = place(detail)
        what, do = _words(at, detail, model)
        file.report(at, what, do)


def _words(at: tuple[str | int, ...], detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    field = dotted(at)
    context: dict[str, Any] = detail.get("ctx") or {}
    given = detail["input"]
    match detail["type"]:
        case "spread":
            return f"{field}: {context['what']}", context["do"]
        case "missing":
            return f"{field} is missing", _add(at, model)
        case "extra_forbidden":
            return f"{field} is not a field here", _instead(at, model)
        case "model_type" | "model_attributes_type":
            return f"{field} is {given!r}, without unit and source", _add(at, model)
        case "literal_error" if at[-1] == "unit":
            return f"{field} is {given!r}", f"give the value in {context['expected']} and write that"
        case "literal_error" if at[-1] == "currency":
            return f"{field} is {given!r}", "convert to US dollars, the ledger's money, and write USD"
        case "literal_error":
            return f"{field} is {given!r}", f"use {context['expected']}"
        case "string_too_short":
            return f"{field} is empty", "say who says so, or where it was measured"
        case "string_pattern_mismatch":
            return f"{field} is {given!r}", "write the team's name as in its manifest"
        case "greater_than_equal":
            return f"{field} is {given}", f"set it to {context['ge']} or more"
        case "less_than_equal":
            return f"{field} is {given}", f"set it to {context['le']} or less"
    return f"{field}: {detail['msg'].lower()}", "correct the value"


def _add(at: Sequence[str | int], model: type[BaseModel]) -> str:
    name, unit = at[-1], _unit(_class_at(at, model))
    if unit is None:
        return f"add `{name}:`"
    return f"write `{name}: {{value: …, unit: {unit}, source: …}}`"


def _instead(at: Sequence[str | int], model: type[BaseModel]) -> str:
    above = _class_at(at[:-1], model)
    known = [] if above is None else list(above.model_fields)
    close = difflib.get_close_matches(str(at[-1]), known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"remove it; fields here are {', '.join(known)}"


def _class_at(at: Sequence[str | int], model: type[BaseModel]) -> type[BaseModel] | None:
    """The model of the field `at` leads to; None where it is a plain value."""
    here: type[BaseModel] | None = model
    for step in at:
        field = None if here is None else here.model_fields.get(str(step))
        kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
        here = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    return here


def _unit(kind: type[BaseModel] | None) -> str | None:
    if kind is None or not issubclass(kind, Entry):
        return None
    return str(get_args(kind.model_fields["unit"].annotation)[0])
