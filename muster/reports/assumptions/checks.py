"""Whether the files of assumptions can be used, for `muster doctor`."""

from pathlib import Path
from typing import Literal

from muster.reports.assumptions.load import load_company, load_team, team_file, teams_with_assumptions
from muster.reports.assumptions.problems import AssumptionsFileError


def look_at(folder: Path) -> tuple[Literal["ok", "fail"], str, str | None]:
    """How the files in the folder are, what is wrong with the first bad one, and what to do."""
    teams = teams_with_assumptions(folder)
    try:
        company = load_company(folder)
        for team in teams:
            load_team(team_file(folder, team), company, team=team)
    except AssumptionsFileError as error:
        return "fail", f"the assumptions cannot be used: {error}", error.do
    return "ok", f"assumptions are stated for {len(teams)} teams", None
