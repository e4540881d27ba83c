"""KPIs of what became of the work: completed, held, called a person, failed, right."""

from typing import Final

import polars as pl

from muster.analysis.durability import WINDOW
from muster.analysis.kpi import Kpi
from muster.analysis.measures import Rating, Share

_DAYS: Final = WINDOW.days
_EVERY: Final = pl.lit(True)
_COMPLETED: Final = pl.col("status") == "completed"
_ENDED: Final = "ended tasks: completed, escalated or failed"
_CALLED: Final = pl.col("escalations") > 0
_ASKED: Final = pl.col("approvals") > 0
_SCORED: Final = pl.col("truth").is_not_null()
_SAID: Final = pl.col("completion").fill_null("")

COMPLETION_RATE: Final = Kpi(
    id="completion_rate",
    name="Completion rate",
    question="How much of the work do the agents finish by themselves or with a person's answer?",
    formula="completed tasks / ended tasks",
    denominator=_ENDED,
    source="`task.ended`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=_COMPLETED, among=_EVERY),
)
CONFIRMED_RATE: Final = Kpi(
    id="confirmed_rate",
    name="Confirmed completion",
    question="Of how many results has somebody said that they held?",
    formula="completed tasks whose last word is a confirmation / completed tasks",
    denominator="completed tasks",
    source="`task.ended`, `task.confirmed`, `task.reopened`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=_SAID == "confirmed", among=_COMPLETED),
)
REOPENED_RATE: Final = Kpi(
    id="reopened_rate",
    name="Reopened",
    question="How many results turned out not to be done?",
    formula="completed tasks whose last word is a reopening / completed tasks",
    denominator="completed tasks",
    source="`task.ended`, `task.confirmed`, `task.reopened`",
    unit="share",
    better="lower",
    min_n=10,
    measure=Share(of=_SAID == "reopened", among=_COMPLETED),
)
DURABLE_RATE: Final = Kpi(
    id="durable_completion_rate",
    name="Durable completion",
    question="How much of the work is done and stays done?",
    formula="judged tasks that are completed, not reopened and not scored wrong / judged tasks",
    denominator=f"judged tasks: ended {_DAYS} days ago or earlier; younger ones if confirmed or reopened",
    source="`task.ended`, `task.confirmed`, `task.reopened`, `outcome.scored`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=pl.col("durable"), among=pl.col("judged")),
)
COVERAGE: Final = Kpi(
    id="coverage",
    name="Coverage",
    question="How much of all work that came to an end was done without any person being asked?",
    formula="completed tasks without escalation and without approval / ended tasks",
    denominator=_ENDED,
    source="`task.ended`, `escalation.raised`, `approval.requested`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=_COMPLETED & ~_CALLED & ~_ASKED, among=_EVERY),
)
ESCALATION_RATE: Final = Kpi(
    id="escalation_rate",
    name="Escalation rate",
    question="How much of the work needs a person?",
    formula="tasks that ended escalated or ever called a person / ended tasks",
    denominator=_ENDED,
    source="`task.ended`, `escalation.raised`",
    unit="share",
    better="lower",
    min_n=10,
    measure=Share(of=(pl.col("status") == "escalated") | _CALLED, among=_EVERY),
    target=0.10,
)
APPROVAL_RATE: Final = Kpi(
    id="approval_rate",
    name="Approval rate",
    question="In how much of the work is a person asked for a yes or no?",
    formula="tasks in which at least one act waited for a person's word / ended tasks",
    denominator=_ENDED,
    source="`task.ended`, `approval.requested`",
    unit="share",
    better="lower",
    min_n=10,
    measure=Share(of=_ASKED, among=_EVERY),
)
FAILURE_RATE: Final = Kpi(
    id="failure_rate",
    name="Failure rate",
    question="How much of the work ends with neither a result nor a person?",
    formula="failed tasks / ended tasks",
    denominator=_ENDED,
    source="`task.ended`",
    unit="share",
    better="lower",
    min_n=10,
    measure=Share(of=pl.col("status") == "failed", among=_EVERY),
)
ACCURACY: Final = Kpi(
    id="accuracy",
    name="Accuracy",
    question="How often is the outcome the right one?",
    formula="tasks scored correct / tasks scored",
    denominator="ended tasks whose outcome was held against a known truth",
    source="`outcome.scored`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=pl.col("truth") == "correct", among=_SCORED),
    target=0.95,
)
SCORED_SHARE: Final = Kpi(
    id="scored_share",
    name="Scored share",
    question="Of how much of the work is it known whether it was right?",
    formula="tasks scored / ended tasks",
    denominator=_ENDED,
    source="`task.ended`, `outcome.scored`",
    unit="share",
    better="higher",
    min_n=10,
    measure=Share(of=_SCORED, among=_EVERY),
)
SATISFACTION: Final = Kpi(
    id="human_satisfaction",
    name="Human satisfaction",
    question="Was what people were given enough to decide?",
    formula="mean over tasks of the mean rating of their escalations, 1 to 5",
    denominator="ended tasks with at least one rated answer",
    source="`escalation.answered`",
    unit="rating",
    better="higher",
    min_n=10,
    measure=Rating(of=pl.col("context_rating"), lowest=1, highest=5),
)

OF_RESULTS: Final = (
    COMPLETION_RATE,
    CONFIRMED_RATE,
    REOPENED_RATE,
    DURABLE_RATE,
    COVERAGE,
    ESCALATION_RATE,
    APPROVAL_RATE,
    FAILURE_RATE,
    ACCURACY,
    SCORED_SHARE,
    SATISFACTION,
)
