"""What is wrong with `standard.yaml`, in an operator's words: where, what, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from muster.core.errors import OperatorError
from muster.teams.manifest_problems import ManifestFile, ManifestProblem
from muster.teams.manifest_wording import dotted, place
from muster.teams.standard import ERROR_CLASSES, RetryRule, Standard


class StandardError(OperatorError):
    """The standard's file cannot be used; `problems` holds every reason found, in the order of the file."""

    def __init__(self, problems: Sequence[ManifestProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        first = self.problems[0]
        if len(self.problems) == 1:
            super().__init__(first.what, where=f"{first.file}:{first.line}", do=first.do)
            return
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"{len(self.problems)} problems in {first.file}\n{listed}",
            do="mend each of them, then look with `muster standard show`",
        )


def report_standard(file: ManifestFile, error: ValidationError) -> None:
    """Add one problem to `file` for each thing pydantic found."""
    for detail in error.errors():
        at = place(detail)
        what, do = _words(at, detail)
        file.report(at, what, do)


def _words(at: tuple[int | str, ...], detail: ErrorDetails) -> tuple[str, str]:
    field = dotted(at)
    context: dict[str, Any] = detail.get("ctx") or {}
    kind = detail["type"]
    if kind == "extra_forbidden" or detail["loc"][-1:] == ("[key]",):
        return f"{field} is not a rule of the standard", _advice(at)
    if kind == "literal_error":
        return f"{field} is {detail['input']!r}", f"use {context['expected']}"
    if kind == "greater_than":
        return f"{field} is {detail['input']}", f"set it above {context['gt']:g}"
    if kind == "greater_than_equal":
        return f"{field} is {detail['input']}", f"set it to {context['ge']:g} or more"
    if kind == "less_than_equal":
        return f"{field} is {detail['input']}", f"set it to {context['le']:g} or less"
    if kind in ("model_type", "dict_type"):
        return f"{field} is {detail['input']!r}", f"write its rules below it: {', '.join(_known(at))}"
    if kind == "value_error":
        return f"{field}: {context['error']}", "make the two agree"
    return f"{field}: {detail['msg'].lower()}", "correct the value"


def _advice(at: Sequence[int | str]) -> str:
    *above, unknown = at
    known = _known(above)
    close = difflib.get_close_matches(str(unknown), known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"remove it; rules here are {', '.join(known)}"


def _known(above: Sequence[int | str]) -> list[str]:
    if not above:
        return [name for name in Standard.model_fields if name not in ("version", "fleet")]
    if above[0] == "retry":
        return list(RetryRule.model_fields) if len(above) > 1 else list(ERROR_CLASSES)
    section = Standard.model_fields[str(above[0])].annotation
    if isinstance(section, type) and issubclass(section, BaseModel):
        return list(section.model_fields)
    return []
