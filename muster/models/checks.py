"""What is wrong with a model table beyond its form: a model without a price, or unknown to the server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from muster.models.errors import ModelTableError, UnpricedModelError
from muster.models.governance import load_table
from muster.models.prices import price_per_mtok
from muster.models.table import ModelTable


@dataclass(frozen=True, slots=True)
class TableProblem:
    """One thing to mend."""

    what: str
    do: str
    stops_work: bool
    """Whether calls of a role are refused; else only its fallback is useless."""


def unpriced(table: ModelTable) -> list[TableProblem]:
    """A problem for each model whose price is not known."""
    problems = []
    for model in table.models:
        try:
            price_per_mtok(table, model)
        except UnpricedModelError as error:
            problems.append(TableProblem(error.what, error.do or "", _is_first(table, model)))
    return problems


async def unknown(table: ModelTable, knows: Callable[[str], Awaitable[bool]]) -> list[TableProblem]:
    """A problem for each model the server does not know.

    Args:
        knows: whether the server knows a model, as `ClaudeClient.knows`.

    Raises:
        ModelCallError: the server cannot be asked.
    """
    return [
        TableProblem(
            f"the model server does not know the model {model!r}", "correct its name", _is_first(table, model)
        )
        for model in table.models
        if not await knows(model)
    ]


def look_at(path: Path) -> tuple[Literal["ok", "warn", "fail"], str, str | None]:
    """How the model table in `path` is, what is wrong with it, and what to do; nobody is asked."""
    try:
        table = load_table(path)
    except ModelTableError as error:
        return "fail", f"the model table cannot be used: {error}", error.do or "muster model check says where"
    problems = sorted(unpriced(table), key=lambda problem: not problem.stops_work)
    if problems:
        return "fail" if problems[0].stops_work else "warn", problems[0].what, problems[0].do
    return "ok", f"the model table names {len(table.models)} models for {len(table.roles)} roles", None


def _is_first(table: ModelTable, model: str) -> bool:
    return any(choice.model == model for choice in table.roles.values())
