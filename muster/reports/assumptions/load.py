"""Reads the files of assumptions, with every problem in them named by file and line."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from muster.analysis.roi.case import LEDGER, Assumptions
from muster.analysis.roi.inputs import Quantity, names
from muster.reports.assumptions.entries import Entry
from muster.reports.assumptions.model import CompanyAssumptions, TeamAssumptions
from muster.reports.assumptions.problems import AssumptionsFileError, report
from muster.teams.manifest_problems import ManifestFile
from muster.teams.marked_yaml import plain, read_marked

COMPANY: Final = "company.yaml"

_Model = TypeVar("_Model", bound=BaseModel)


def load_company(folder: Path) -> CompanyAssumptions:
    """What holds for every team: `company.yaml` in the folder of assumptions.

    Raises:
        AssumptionsFileError: it is missing, is no YAML, or breaks a rule; it lists every problem found.
    """
    path = folder / COMPANY
    return _read(
        path, CompanyAssumptions, when_missing=f"put a {COMPANY} there", begin="start it with `currency: USD`"
    )[1]


def load_team(path: Path, company: CompanyAssumptions, *, team: str | None = None) -> Assumptions:
    """One team's assumptions; what its file leaves out is the company's.

    Args:
        team: whose file it has to be; None for any.

    Raises:
        AssumptionsFileError: it is missing, is no YAML, or breaks a rule; it lists every problem found.
    """
    file, told = _read(
        path,
        TeamAssumptions,
        when_missing="write one; docs/how-to/change-an-assumption.md shows how",
        begin="start it with `team: <name>`",
    )
    if team not in (None, told.team):
        file.report(["team"], f"team is {told.team!r} in {team}'s file", f"write `team: {team}`")
        raise AssumptionsFileError(file.problems)
    return Assumptions(
        team=told.team,
        horizon_months=told.horizon_months,
        stated=dict(_stated(told, company)),
        where=f"{file.path}:{file.line(['until_measured'])}",
    )


def team_file(folder: Path, team: str) -> Path:
    """Where a team's assumptions are."""
    return folder / f"{team}.yaml"


def teams_with_assumptions(folder: Path) -> list[str]:
    """The teams that have a file in the folder, by name."""
    return sorted(path.stem for path in folder.glob("*.yaml") if path.name != COMPANY)


def decimal_mean(entry: Entry) -> Decimal:
    """What the entry is on average, for where one value is wanted."""
    return Decimal(f"{entry.value.mean:.6f}".rstrip("0").rstrip("."))


def _stated(told: TeamAssumptions, company: CompanyAssumptions) -> Iterator[tuple[str, Quantity]]:
    for name in names():
        if name in LEDGER:
            entry = getattr(told.until_measured, name)
        else:
            entry = getattr(told, name) or getattr(company, name)
        if entry is not None:
            yield name, entry.quantity()


def _read(path: Path, model: type[_Model], **advice: Any) -> tuple[ManifestFile, _Model]:
    file = read_marked(path, noun="the file of assumptions", **advice)
    read: _Model | None = None
    if not file.problems:
        try:
            read = model.model_validate(plain(file.document))
        except ValidationError as error:
            report(file, error, model)
    if read is None or file.problems:
        raise AssumptionsFileError(file.problems)
    return file, read
