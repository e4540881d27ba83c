"""Escalations that are alike: same agent, same reason, same tool; and whether people were needed for them."""

from typing import Final

import polars as pl

from muster.analysis.frames import COUNT, EVENTS, MONEY, NUMBER, TEXT, Column, FrameContract
from muster.analysis.human import HumanCost, with_human_cost
from muster.analysis.intervals import wilson
from muster.analysis.tasks import TASKS

EXAMPLES: Final = 3
"""Task ids named of each cluster."""

CLUSTERS: Final = FrameContract(
    "escalation clusters",
    "team, agent, reason, tool and rule",
    (
        Column("team", TEXT, "never null"),
        Column("agent", TEXT, "who called; null when the platform did"),
        Column("reason", TEXT, "one of the closed list"),
        Column("tool", TEXT, "the last tool the run had called or been refused by then; null when none"),
        Column("rule", TEXT, "the rule that refused that call; null when it was not refused"),
        Column("escalations", COUNT, "raised"),
        Column("share", NUMBER, "of the team's escalations"),
        Column("human_minutes", NUMBER, "minutes people spent or are taken to have spent on those tasks"),
        Column("human_cost_usd", MONEY, "US dollars, those minutes"),
        Column("judged", COUNT, "of those, answered by a person, or held against a truth that can tell"),
        Column("dismissed", COUNT, "of those, answered as not needed"),
        Column("returned", COUNT, "of those, given back to the agents with an answer, who went on"),
        Column("misjudged", COUNT, "of those, ended with a person and scored as a wrong end state"),
        Column("avoidable", COUNT, "of those judged, any of the last three: agents could have handled them"),
        Column(
            "avoidable_low",
            NUMBER,
            "lower end of the 95 % interval of avoidable / judged; 0 when none is judged",
        ),
        Column("avoidable_high", NUMBER, "its upper end; 1 when none is judged"),
        Column("examples", pl.List(pl.String()), "up to three task ids, the latest first"),
    ),
)
CALL_KINDS: Final = ("tool_call.settled", "tool_call.refused", "escalation.raised", "escalation.answered")
"""The only kinds `last_calls` needs."""
_WRONG_END: Final = "wrong end state"
"""How a scored mistake begins when the task should have ended otherwise."""
_BY_RULE: Final = ("policy_denied", "needs_approval", "budget_out", "agent_paused")
"""Reasons that follow from a rule: a truth that has the rule in it cannot say whether the rule is needed."""
_GRAIN: Final = ("team", "agent", "reason", "tool", "rule")


def last_calls(events: pl.LazyFrame, task_ids: pl.LazyFrame) -> pl.LazyFrame:
    """Which tool each escalation's task had last called or been refused when the person was called.

    Frames in: `Events`, and one column `task_id` of the tasks in question. Frame out: one row per
    `escalation.raised`: its `event_id`, `tool` and `rule`, null where there is none, and `answer`, what a
    person did about it afterwards (`resolved`, `returned`, `dismissed`; null when nobody answered). It is one
    pass over the events.

    Raises:
        FrameError: the frame is not an event frame.
    """
    kind = pl.col("kind")
    mine = (
        EVENTS.check(events)
        .filter(kind.is_in(CALL_KINDS))
        .join(task_ids.select("task_id"), on="task_id", how="semi")
    )
    called, refused = kind.is_in(["tool_call.settled", "tool_call.refused"]), kind == "tool_call.refused"
    answered = pl.when(kind == "escalation.answered").then(pl.col("status"))
    return (
        mine.select("seq", "event_id", "kind", "task_id", "subject", "reason", "status")
        .sort("task_id", "seq")
        .with_columns(
            tool=pl.when(called).then(pl.col("subject")).forward_fill().over("task_id"),
            rule=pl.when(called)
            .then(pl.when(refused).then(pl.col("reason")).otherwise(pl.lit("")))
            .forward_fill()
            .over("task_id"),
            answer=answered.backward_fill().over("task_id"),
        )
        .filter(kind == "escalation.raised")
        .select("event_id", "tool", pl.col("rule").replace("", None), "answer")
    )


def clusters(
    escalations: pl.DataFrame, calls: pl.DataFrame, tasks: pl.DataFrame, human: HumanCost
) -> pl.DataFrame:
    """The escalations in groups of one kind, those that take most of people's time first.

    Frames in: the `Escalations` and `Tasks` of one model source, and `last_calls` of them. Frame out:
    `Escalation clusters`.

    Raises:
        FrameError: a frame is of another kind.
    """
    priced = with_human_cost(TASKS.check(tasks.lazy()), human)
    each = pl.col("escalations").clip(lower_bound=1)  # a task that called twice is in two rows
    worth = priced.select(
        "task_id",
        "truth",
        "mistake",
        human_minutes=pl.col("human_minutes") / each,
        human_cost_usd=(pl.col("human_cost_usd") / each).cast(MONEY),
    )
    rows = (
        escalations.lazy()
        .select("event_id", "task_id", "team", "reason", "raised_at", "status", agent=_last_name())
        .join(calls.lazy(), on="event_id", how="left")
        .join(worth, on="task_id", how="left")
        .with_columns(_judgement())
    )
    grouped = rows.group_by(_GRAIN).agg(
        pl.len().alias("escalations"),
        pl.col("human_minutes", "human_cost_usd").sum(),
        *(pl.col(name).sum() for name in ("judged", "dismissed", "returned", "misjudged", "avoidable")),
        examples=pl.col("task_id")
        .sort_by("raised_at", "task_id", descending=[True, False])
        .unique(maintain_order=True)
        .head(EXAMPLES),
    )
    low, high = wilson(pl.col("avoidable"), pl.col("judged"))
    judged = pl.col("judged") > 0
    return (
        grouped.with_columns(
            share=pl.col("escalations") / pl.col("escalations").sum().over("team"),
            avoidable_low=pl.when(judged).then(low).otherwise(0.0),
            avoidable_high=pl.when(judged).then(high).otherwise(1.0),
        )
        .sort("human_minutes", "escalations", *_GRAIN, descending=[True, True, *([False] * len(_GRAIN))])
        .select(pl.col(name).cast(dtype) for name, dtype in CLUSTERS.schema.items())
        .collect()
    )


def _last_name() -> pl.Expr:
    """The agent itself, where it worked for a colleague."""
    return pl.col("agent").str.split("/").list.last()


def _judgement() -> list[pl.Expr]:
    """What a person's answer or a known truth says about whether the person was needed."""
    answer, truth = pl.col("answer"), pl.col("truth")
    ended = pl.col("status") == "escalated"
    dismissed, returned = ((answer == word).fill_null(False) for word in ("dismissed", "returned"))
    scored = ended & truth.is_not_null()
    misjudged = (ended & pl.col("mistake").str.starts_with(_WRONG_END)).fill_null(False)
    told = (scored & ~pl.col("reason").is_in(_BY_RULE)) | misjudged
    return [
        (answer.is_not_null() | told).fill_null(False).alias("judged"),
        dismissed.alias("dismissed"),
        returned.alias("returned"),
        misjudged.alias("misjudged"),
        (dismissed | returned | misjudged).alias("avoidable"),
    ]
