"""The roster as rows for programs and as words for the terminal and the page."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import polars as pl

from muster.analysis.figures import money
from muster.reports.roster import Roster
from muster.reports.roster_line import Halt, Purse, RosterLine


def roster_rows(roster: Roster) -> list[dict[str, Any]]:
    """One row an agent, with what it did in the last 24 hours by model source."""
    return [asdict(line) | {"last_24_hours": lately(roster, line)} for line in roster.lines]


def lately(roster: Roster, line: RosterLine) -> list[dict[str, Any]]:
    """What the agent did in the last 24 hours, one row a model source; empty when it did nothing."""
    mine = roster.activity.filter(pl.col("team") == line.team, pl.col("agent") == line.agent)
    return mine.drop("team", "agent").to_dicts()


def phase(line: RosterLine) -> str:
    """The phase in force, and the manifest's where it is higher."""
    if line.phase == line.manifest_phase:
        return line.phase
    return f"{line.phase} (may become {line.manifest_phase})"


def model(line: RosterLine) -> str:
    """The model that thinks for it, or that there is none."""
    return line.model or "none for this role"


def prompts(line: RosterLine) -> str:
    """Versions in force: the general prompt's, then those of kinds of work."""
    if not line.prompts:
        return "none"
    general = [f"v{line.prompts['']}"] if "" in line.prompts else []
    return ", ".join(general + [f"{kind} v{number}" for kind, number in sorted(line.prompts.items()) if kind])


def status(line: RosterLine) -> str:
    """Whether it may act, and whose halt it is when not."""
    if not line.halts or "/" in line.halts[0].who:
        return line.status
    return f"{'fleet' if line.halts[0].who == 'fleet' else 'team'} {line.status}"


def halts(lines: Iterable[RosterLine]) -> list[str]:
    """The halts of these agents and their teams in words, each once; the fleet's is not among them."""
    found = {halt: None for line in lines for halt in line.halts if halt.who != "fleet"}
    return [halted(halt) for halt in sorted(found, key=lambda halt: halt.who)]


def halted(halt: Halt) -> str:
    """A halt in words."""
    who = "everybody" if halt.who == "fleet" else halt.who
    return f"{who} is {halt.status}: {halt.reason or 'no reason given'}"


def left(purse: Purse) -> str:
    """What is left of a budget today, in dollars and, where they are limited, in calls."""
    dollars = f"{money(float(purse.left_usd))} of {money(float(purse.limit_usd))}"
    if purse.limit_calls is None:
        return dollars
    return f"{dollars}, {purse.left_calls:,} of {purse.limit_calls:,} calls"


def done(row: Mapping[str, Any]) -> str:
    """A row of `lately` in words, with the model source it is of."""
    ends = ", ".join(f"{row[end]:,} {end}" for end in ("completed", "escalated", "failed") if row[end])
    cost = money(float(row["model_cost_usd"]))
    tasks = f"{row['tasks']:,} task{'' if row['tasks'] == 1 else 's'}"
    return ", ".join(part for part in (f"{row['model_source']}: {tasks}", ends, cost) if part)
