"""What a review says of the company or of one team, as texts ready to be set on a page."""

from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from muster.analysis.burn import FLEET
from muster.analysis.definitions import COMPLETION_RATE, ESCALATION_RATE
from muster.analysis.figures import duration, figure, interval, money, reason
from muster.analysis.picture import Picture
from muster.analysis.review.addition import Addition
from muster.analysis.review.waits import AGES
from muster.reports.review.reasons_why import why_lines

PROPOSALS: Final = 3
_GROUPS: Final = {True: 6, False: 4}
"""Groups of escalations shown of the company (True) and of a team."""


@dataclass(frozen=True, slots=True)
class Block:
    """The company's part, or a team's."""

    drawn: Picture
    added: Addition
    team: str | None

    @property
    def gone(self) -> bool:
        """Whether the team did work in the period and is no longer deployed."""
        known = self.added.teams_at_work
        return self.team is not None and known is not None and self.team not in known

    def why(self) -> list[dict[str, Any]]:
        """What drove completion, escalation and money, each part in numbers that add up."""
        mine = self._mine(self.added.drivers)
        named = {
            COMPLETION_RATE.id: COMPLETION_RATE.name,
            ESCALATION_RATE.id: ESCALATION_RATE.name,
            "total_cost_usd": "Money spent",
        }
        found = []
        for figure_id, name in named.items():
            lines = why_lines(mine.filter(pl.col("figure") == figure_id))
            if lines:
                found.append({"name": name, "total": lines[0]["total"], "lines": lines})
        return found

    def best_and_worst(self) -> dict[str, str] | None:
        """The ranked agents that call people least and most; None when fewer than two are ranked."""
        agents = self.drawn.agents if self.team is None else self.drawn.of_team(self.drawn.agents, self.team)
        ranked = agents.drop_nulls("called_share")
        if ranked.height < 2:
            return None
        best, worst = ranked.row(0, named=True), ranked.sort("low", descending=True).row(0, named=True)
        return {"best": _named(best), "worst": _named(worst)}

    def clusters(self) -> list[dict[str, Any]]:
        """Groups of like escalations, with examples and whether people were needed."""
        return [
            _cluster(row) for row in self._groups().head(_GROUPS[self.team is None]).iter_rows(named=True)
        ]

    def more_clusters(self) -> str:
        """What the list of groups leaves out, in words; empty when nothing."""
        left = self._groups().slice(_GROUPS[self.team is None])
        if left.is_empty():
            return ""
        return f"{left.height} smaller groups with {left['escalations'].sum()} escalations are left out."

    def budgets(self) -> list[dict[str, str]]:
        """Money spent on models against what may be; of a team its agents, too."""
        rows = self.added.budgets
        if self.team is None:
            rows = rows.filter(~pl.col("scope").str.starts_with("agent:"))
        else:
            rows = self._mine(rows)
        return [_budget(row) for row in rows.iter_rows(named=True)]

    def ageing(self) -> list[dict[str, Any]]:
        """What waits for a person now, by age."""
        return ageing_rows(self._mine(self.added.ageing))

    def promise(self) -> list[dict[str, str]]:
        """Availability against the promise, and outages: of the company every team's, of a team its own."""
        kept = self.added.promise.availability
        mine = kept if self.team is None else self._mine(kept)
        return [self._promised(row) for row in mine.iter_rows(named=True)]

    def _promised(self, row: dict[str, Any]) -> dict[str, str]:
        restored = self.added.promise.restoring
        known = restored.filter(pl.col("team").eq_missing(pl.lit(row["team"])))
        again: dict[str, Any] = (
            known.row(0, named=True) if known.height else {"n": 0, "lasting": 0, "mean_s": None}
        )
        kinds = ("failed", "late", "slow")
        parts = ", ".join(f"{row[kind]} {kind}" for kind in kinds if row[kind])
        return {
            "team": row["team"] or "company",
            "good": figure(row["value"], "share"),
            "interval": interval(row["low"], row["high"], "share"),
            "n": f"{row['n']:,}",
            "bad": f"{row['bad']:,}" + (f" ({parts})" if parts else ""),
            "objective": f"{row['objective'] * 100:g}\u00a0%",
            "verdict": row["verdict"],
            "budget_left": figure(row["budget_left"], "share"),
            "outages": f"{again['n'] + again['lasting']}"
            + (f", {again['lasting']} lasting" if again["lasting"] else ""),
            "restored_in": figure(again["mean_s"], "seconds") if again["n"] else "–",
        }

    def actions(self) -> list[dict[str, Any]]:
        """The first three proposals."""
        # what is overdue in a team is part of what is overdue in the company, and its limits are its own
        whole = ~pl.col("kind").is_in(["overdue", "loose_limit"]) | pl.col("team").is_null()
        mine = self.added.actions.filter(whole) if self.team is None else self._mine(self.added.actions)
        names = ("what", "why", "arithmetic", "effect", "examples")
        return [{name: row[name] for name in names} for row in mine.head(PROPOSALS).iter_rows(named=True)]

    def _groups(self) -> pl.DataFrame:
        return self.added.clusters if self.team is None else self._mine(self.added.clusters)

    def _mine(self, frame: pl.DataFrame) -> pl.DataFrame:
        return self.drawn.of_team(frame, self.team)


def ageing_rows(aged: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of an `Ageing` frame in words."""
    return [_aged(row) for row in aged.iter_rows(named=True)]


def _aged(row: dict[str, Any]) -> dict[str, Any]:
    late = row["latest_seconds"]
    return {
        "kind": f"{row['kind']}s",
        "waiting": str(row["waiting"]),
        "ages": [str(row[name]) for name, _ in AGES],
        "overdue": str(row["overdue"]),
        "oldest": f"{duration(row['oldest_seconds'])} ({row['oldest_id']})",
        "latest": f"{duration(late)} late" if late > 0 else "in time",
    }


def _cluster(row: dict[str, Any]) -> dict[str, Any]:
    place = row["tool"] or "no tool"
    return {
        "who": f"{row['team']}/{row['agent']}" if row["agent"] else f"{row['team']} (the platform)",
        "reason": reason(row["reason"]),
        "place": f"{place}, refused by {row['rule']}" if row["rule"] else place,
        "times": str(row["escalations"]),
        "minutes": f"{row['human_minutes']:.0f}",
        "money": money(float(row["human_cost_usd"])),
        "needed": _needed(row),
        "examples": list(row["examples"]),
    }


def _needed(row: dict[str, Any]) -> str:
    """Whether agents could have handled it, as far as anybody said."""
    if not row["judged"]:
        return "not told: none was answered or scored"
    ends = interval(row["avoidable_low"], row["avoidable_high"], "share")
    told = {
        "dismissed": "dismissed",
        "returned": "given back with an answer",
        "misjudged": "scored as wrong to escalate",
    }
    parts = [f"{row[name]} {words}" for name, words in told.items() if row[name]]
    return f"{row['avoidable']} of {row['judged']} could have been handled ({ends})" + (
        f": {', '.join(parts)}" if parts else ""
    )


def _budget(row: dict[str, Any]) -> dict[str, str]:
    kind, _, name = row["scope"].partition(":")
    spent, highest = money(float(row["spent_usd"])), money(float(row["highest_usd"]))
    day = f"{highest} on {row['highest_day']:%d %b}" if row["highest_day"] else "nothing"
    known = row["limit_usd"] is not None
    return {
        "scope": "all agents" if row["scope"] == FLEET else f"{kind} {name}",
        "spent": spent,
        "allowed": money(float(row["allowed_usd"])) if known else "no limit in force",
        "share": figure(row["share"], "share") if known else "",
        "highest": day,
        "highest_share": figure(row["highest_share"], "share") if known else "",
        "near": str(row["near_days"]),
    }


def _named(row: dict[str, Any]) -> str:
    ends = interval(row["low"], row["high"], "share")
    share = figure(row["called_share"], "share")
    return f"{row['agent'].replace('_', ' ')} ({row['team']}): {share} of {row['tasks']} tasks, {ends}"
