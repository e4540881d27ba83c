"""The return of every team with a file of assumptions, from the ledger's tasks and those files."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from muster.analysis.roi.case import TooFewTasksError, case_of
from muster.analysis.roi.evidence import EVIDENCE, evidence
from muster.analysis.roi.inputs import Case
from muster.reports.assumptions.load import (
    decimal_mean,
    load_company,
    load_team,
    team_file,
    teams_with_assumptions,
)
from muster.reports.assumptions.model import CompanyAssumptions


@dataclass(frozen=True, slots=True)
class Cases:
    """What can be calculated, and why the rest cannot."""

    cases: tuple[Case, ...]
    """By team; a real model before rehearsal, never the two in one."""
    refused: tuple[TooFewTasksError, ...]
    """Of which the ledger knows too little, with nothing assumed."""
    without_file: tuple[str, ...]
    """Teams that have worked and nobody assumes anything about."""


def all_cases(tasks: pl.LazyFrame | None, folder: Path) -> Cases:
    """The case of every team with a file in the folder.

    Args:
        tasks: `Tasks`; None to leave the ledger out.

    Raises:
        AssumptionsFileError: a file cannot be used.
        FrameError: the frame is not a task frame.
    """
    company = load_company(folder)
    known = _evidence(tasks, company)
    cases: list[Case] = []
    refused: list[TooFewTasksError] = []
    names = teams_with_assumptions(folder)
    for name in names:
        assumed = load_team(team_file(folder, name), company, team=name)
        for row in _rows(known, assumed.team):
            try:
                cases.append(case_of(assumed, row))
            except TooFewTasksError as error:
                refused.append(error)
    without = sorted(set(known["team"]) - {*names, "no team"})
    return Cases(tuple(cases), tuple(refused), tuple(without))


def team_cases(
    tasks: pl.LazyFrame | None, folder: Path, path: Path, *, team: str | None = None
) -> list[Case]:
    """The cases of the team whose assumptions are at `path`, one a model source.

    Args:
        tasks: `Tasks`; None to leave the ledger out.
        folder: where `company.yaml` is.
        team: whose file it has to be; None for any.

    Raises:
        AssumptionsFileError: a file cannot be used.
        TooFewTasksError: the ledger knows too little, and nothing is assumed until it does.
        FrameError: the frame is not a task frame.
    """
    company = load_company(folder)
    assumed = load_team(path, company, team=team)
    return [case_of(assumed, row) for row in _rows(_evidence(tasks, company), assumed.team)]


def _evidence(tasks: pl.LazyFrame | None, company: CompanyAssumptions) -> pl.DataFrame:
    if tasks is None:
        return EVIDENCE.empty()
    return evidence(tasks, float(decimal_mean(company.compute_price)))


def _rows(known: pl.DataFrame, team: str) -> Iterator[dict[str, Any] | None]:
    """The team's rows, real models first; a single None when it has not worked."""
    mine = known.filter(pl.col("team") == team).sort(pl.col("model_source") == "rehearsal", "model_source")
    if mine.is_empty():
        yield None
    yield from mine.iter_rows(named=True)
