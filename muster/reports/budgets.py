"""The budgets in force, as a frame that spending is held against."""

import polars as pl

from muster.analysis.burn import BUDGETS, FLEET
from muster.reports.roster import Roster


def budget_rows(roster: Roster) -> pl.DataFrame:
    """The fleet's daily budget, each team's and each agent's, as `Budgets`; no row without a team."""
    if not roster.lines:
        return BUDGETS.empty()
    teams = {line.team: line.team_budget.limit_usd for line in roster.lines}
    agents = {f"{line.team}/{line.agent}": line.budget.limit_usd for line in roster.lines}
    rows = list({FLEET: roster.fleet.limit_usd, **teams, **agents}.items())
    return pl.DataFrame(rows, schema=BUDGETS.schema, orient="row")
