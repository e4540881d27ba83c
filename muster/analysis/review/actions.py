"""What to do next, and what it would bring: proposals with their arithmetic, made from the record alone.

Every effect is a count from the record times minutes and rates that are stated; its interval is that of the
share the record gives. Where the record gives no share the interval goes from nothing to all, and there is no
point estimate. First comes what certainly saves something, then what is owed or about to stop, then what may
save something, then what only protects; within each, the larger effect first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any, Final

import polars as pl

from muster.analysis.burn import FLEET, NEAR
from muster.analysis.figures import duration, interval, money, reason
from muster.analysis.frames import COUNT, MOMENT, NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost
from muster.analysis.review.proposal import Proposal, flat, saving
from muster.analysis.review.remedies import cluster_remedy, rule_remedy
from muster.analysis.review.shares import share_ends

MIN_ALIKE: Final = 5
"""Below this many of one kind nothing is proposed: it may not come again."""
MIN_JUDGED: Final = 5
"""Below this many answered or scored escalations the avoidable share has an interval and no point."""
NEARLY_ALWAYS: Final = 0.9
"""A rule is proposed to be loosened when people said yes at least so often, beyond chance."""
LOOSE: Final = 0.1
"""A limit of which no day took more than this share protects little."""
_ROOM: Final = 5
"""What a lowered limit leaves: so many times the dearest day."""
_OWED: Final = frozenset({"overdue", "near_limit"})

DECISIONS: Final = FrameContract(
    "decisions",
    "approval decided in the period",
    (
        Column("approval_id", TEXT, "`apr_…`"),
        Column("task_id", TEXT, "null for a call of an outside client"),
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "who asked"),
        Column("tool", TEXT, "the call that waited"),
        Column("rules", TEXT, "the rules that held it, with commas between them"),
        Column("yes", pl.Boolean(), "whether a person said yes; an expired one is a no"),
        Column("decided_at", MOMENT, "UTC"),
    ),
)
ACTIONS: Final = FrameContract(
    "proposed actions",
    "proposal, the most certain effect first",
    (
        Column(
            "kind", TEXT, "`escalations`, `approvals`, `failures`, `overdue`, `near_limit` or `loose_limit`"
        ),
        Column("team", TEXT, "null when it concerns no single team"),
        Column("what", TEXT, "what to do, as a sentence"),
        Column("why", TEXT, "what the record shows, as a sentence"),
        Column("arithmetic", TEXT, "how the effect is worked out"),
        Column("effect", TEXT, "the effect in words, with its interval"),
        Column("tasks", NUMBER, "tasks a period it concerns; null without a point estimate"),
        Column("tasks_low", NUMBER, "lower end of the interval"),
        Column("tasks_high", NUMBER, "upper end of the interval"),
        Column("usd", NUMBER, "US dollars of people's time saved a period; null without a point estimate"),
        Column("usd_low", NUMBER, "lower end of the interval"),
        Column("usd_high", NUMBER, "upper end of the interval"),
        Column("n", COUNT, "what the share of the effect was found in"),
        Column("examples", pl.List(pl.String()), "task ids to look at"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The frames proposals are made from, all of one model source and period."""

    clusters: pl.DataFrame
    """`Escalation clusters`."""
    decisions: pl.DataFrame
    """`Decisions`."""
    ended: pl.DataFrame
    """`Tasks` that ended."""
    ageing: pl.DataFrame
    """`Ageing`."""
    budgets: pl.DataFrame
    """`Budgets`."""
    human: HumanCost
    span: str
    """What the period is called, such as `week`."""


def actions(evidence: Evidence) -> pl.DataFrame:
    """Every proposal the record supports, the most certain effect first.

    Frame out: `Proposed actions`; no row when the record supports none. What is overdue is there once for the
    company and once for each team.
    """
    found = [
        *_escalations(evidence),
        *_approvals(evidence),
        *_failures(evidence),
        *_overdue(evidence),
        *_limits(evidence),
    ]
    ordered = sorted(found, key=lambda one: (_rank(one), -one.usd_low, -one.usd_high, one.kind))
    return pl.DataFrame([astuple(one) for one in ordered], schema=ACTIONS.schema, orient="row")


def _rank(one: Proposal) -> int:
    if one.kind in _OWED:
        return 1
    return 0 if one.usd_low > 0 else 2 if one.usd_high > 0 else 3


def _escalations(evidence: Evidence) -> Iterator[Proposal]:
    """Groups of escalations, by the share of them that people's answers or the truth call avoidable."""
    for row in _alike(evidence.clusters).iter_rows(named=True):
        count, judged = row["escalations"], row["judged"]
        if judged >= MIN_JUDGED and not row["avoidable"]:
            continue  # people were needed each time
        ends = share_ends(row["avoidable"], judged)
        point = row["avoidable"] / judged if judged >= MIN_JUDGED else None
        each = row["human_minutes"] / count, float(row["human_cost_usd"]) / count
        told = (
            f"{row['avoidable']} of {judged} answered or scored ones could have been handled "
            f"({interval(*ends, 'share')})"
            if judged
            else "nobody has answered or scored one yet, so none to all of them could have been handled"
        )
        yield saving(
            "escalations",
            row["team"],
            cluster_remedy(row),
            f"{count} escalations in the {evidence.span}: {reason(row['reason'])}{_place(row)}; {told}.",
            (count, "escalations", point, ends, judged),
            each,
            list(row["examples"]),
        )


def _alike(clusters: pl.DataFrame) -> pl.DataFrame:
    """Clusters by team, agent and reason; those too small for a proposal by team, and then by reason alone.

    Who and what they have not in common is null.
    """
    found, rest = [], clusters
    for grain in (["team", "agent", "reason"], ["team", "reason"], ["reason"]):
        merged = _merged(rest, grain)
        enough = pl.col("escalations") >= MIN_ALIKE
        found.append(merged.filter(enough))
        rest = merged.filter(~enough)
    return pl.concat(found)


def _merged(clusters: pl.DataFrame, grain: list[str]) -> pl.DataFrame:
    told = [name for name in ("team", "agent", "reason", "tool", "rule") if name not in grain]
    only = [pl.when(pl.col(name).n_unique() == 1).then(pl.col(name).first()).alias(name) for name in told]
    summed = pl.col("escalations", "human_minutes", "human_cost_usd", "judged", "avoidable").sum()
    examples = pl.col("examples").explode().drop_nulls().unique(maintain_order=True).head(3)
    columns = ("team", "agent", "reason", "tool", "rule", "escalations", "human_minutes", "human_cost_usd")
    return (
        clusters.group_by(grain, maintain_order=True)
        .agg(summed, *only, examples)
        .select(*columns, "judged", "avoidable", "examples")
    )


def _place(row: dict[str, Any]) -> str:
    tool = f", last tool {row['tool']}" if row["tool"] else ""
    return f"{tool}, refused by {row['rule']}" if row["rule"] else tool


def _approvals(evidence: Evidence) -> Iterator[Proposal]:
    """Calls that people let through nearly always: the rule asks too often."""
    each = float(evidence.human.minutes_per_approval), float(evidence.human.usd_per_approval)
    grouped = (
        evidence.decisions.group_by("team", "agent", "tool", "rules")
        .agg(n=pl.len(), yes=pl.col("yes").sum(), examples=pl.col("task_id").drop_nulls().sort().head(3))
        .sort("team", "agent", "tool", "rules")
    )
    for row in grouped.iter_rows(named=True):
        ends = share_ends(row["yes"], row["n"])
        if ends[0] < NEARLY_ALWAYS:
            continue
        yield saving(
            "approvals",
            row["team"],
            rule_remedy(row),
            f"People said yes to {row['yes']} of {row['n']} such calls ({interval(*ends, 'share')}).",
            (row["n"], "approvals", row["yes"] / row["n"], ends, row["n"]),
            each,
            list(row["examples"]),
        )


def _failures(evidence: Evidence) -> Iterator[Proposal]:
    """Tasks that ended with neither result nor person; each then falls to a person."""
    human = evidence.human
    each = float(human.minutes_per_escalation), float(human.usd_per_escalation)
    failed = evidence.ended.filter(pl.col("status") == "failed")
    grouped = failed.group_by("team", "agent").agg(
        n=pl.len(),
        machine=(pl.col("model_cost_usd") + pl.col("tool_cost_usd")).sum(),
        examples=pl.col("task_id").sort_by("ended_at", "task_id", descending=[True, False]).head(3),
    )
    for row in grouped.sort("team", "agent").iter_rows(named=True):
        if row["n"] < MIN_ALIKE:
            continue
        who = f"{row['team']}/{row['agent'].split('/')[-1]}" if row["agent"] else row["team"]
        yield saving(
            "failures",
            row["team"],
            f"Find out why tasks of {who} fail, beginning with the examples.",
            f"{row['n']} tasks failed in the {evidence.span} after {money(float(row['machine']))} of models "
            "and tools; how many of them can be mended is not known.",
            (row["n"], "failed tasks, each done by a person afterwards,", None, (0.0, 1.0), 0),
            each,
            list(row["examples"]),
        )


def _overdue(evidence: Evidence) -> Iterator[Proposal]:
    """What people owe an answer: it costs their time and sets tasks going."""
    human = evidence.human
    late = evidence.ageing.filter(pl.col("overdue") > 0)
    for (team,), rows in late.group_by("team", maintain_order=True):
        owed = dict(rows.select("kind", "overdue").iter_rows())
        each = {"approval": human.minutes_per_approval, "escalation": human.minutes_per_escalation}
        minutes = float(sum(each[kind] * count for kind, count in owed.items()))
        usd, count = minutes * float(human.usd_per_hour) / 60, sum(owed.values())
        named = " and ".join(f"{many} overdue {kind}{'s' if many > 1 else ''}" for kind, many in owed.items())
        terms = " + ".join(f"{many} × {each[kind]:.1f} min" for kind, many in owed.items())
        yield Proposal(
            kind="overdue",
            team=None if team is None else str(team),
            what=f"Answer the {named}{'' if team is None else f' of {team}'} (muster inbox list).",
            why=f"The oldest has waited {duration(max(rows['oldest_seconds']))}; "
            f"waiting in all: {rows['waiting'].sum()}.",
            arithmetic=f"{terms} of people's time = {duration(minutes * 60)}, {money(usd)}",
            effect=f"what waits goes on or ends, for {money(usd)} of people's time",
            tasks=count,
            tasks_low=count,
            tasks_high=count,
            usd=-usd,
            usd_low=-usd,
            usd_high=-usd,
            n=count,
            examples=[],
        )


def _limits(evidence: Evidence) -> Iterator[Proposal]:
    """Limits that days come close to, and limits of a team or the fleet so wide that they protect little."""
    for row in _limited(evidence.budgets):
        limit, highest = float(row["limit_usd"]), float(row["highest_usd"])
        scope = "all agents" if row["scope"] == FLEET else row["scope"].replace(":", " ")
        most = f"the dearest day, {row['highest_day']}, took {money(highest)} of {money(limit)}"
        lower = max(1.0, float(-(-highest * _ROOM // 1)))
        if row["near_days"]:
            yield flat(
                "near_limit",
                row["team"],
                f"Look at what {scope} spends before the limit of {money(limit)} a day stops it.",
                f"On {row['near_days']} days {NEAR * 100:.0f}\u00a0% of the limit or more went; {most}.",
                f"{money(highest)} / {money(limit)} = {row['highest_share'] * 100:.1f}\u00a0%",
                "tasks do not stop for want of budget",
                row["near_days"],
            )
        elif row["highest_share"] < LOOSE and lower < limit and not row["scope"].startswith("agent:"):
            yield flat(
                "loose_limit",
                row["team"],
                f"Lower the limit of {scope} from {money(limit)} to {money(lower)} a day.",
                f"No day took more than {row['highest_share'] * 100:.1f}\u00a0% of it; {most}.",
                f"{_ROOM} × {money(highest)}, in whole dollars = {money(lower)}; "
                f"{money(limit)} − {money(lower)} = {money(limit - lower)}",
                f"the most that can be lost in a day falls by {money(limit - lower)}",
                0,
            )


def _limited(budgets: pl.DataFrame) -> Iterable[dict[str, Any]]:
    """The scopes that have a limit and spent something, the nearest to its limit first, then the widest."""
    known = budgets.filter(pl.col("limit_usd").is_not_null(), pl.col("highest_usd") > 0)
    near = pl.col("near_days") > 0
    return known.sort(
        near, pl.when(near).then("highest_share"), "limit_usd", "scope", descending=[True, True, True, False]
    ).iter_rows(named=True)
