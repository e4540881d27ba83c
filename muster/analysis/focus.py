"""Charges in the columns of FOCUS 1.3, the FinOps Open Cost and Usage Specification, joined to outcomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from muster.analysis.charges import CHARGES, MODEL, PEOPLE, TOOL
from muster.analysis.durability import with_durability
from muster.analysis.frames import COUNT, MOMENT, MONEY, TEXT, Column, FrameContract
from muster.analysis.tasks import TASKS

FOCUS_VERSION: Final = "1.3"
REHEARSAL: Final = "rehearsal"
QUANTITY: Final = pl.Decimal(24, 6)
_CURRENCY: Final = "USD"
_NOT_BILLED: Final = "Rehearsal, not billed: "

FOCUS: Final = FrameContract(
    "FOCUS cost and usage",
    "UTC day, team, agent, task, model or tool, and meter",
    (
        Column("BilledCost", MONEY, "US dollars; 0 for rehearsal and for people's time"),
        Column("BillingAccountId", TEXT, "the name the record is sealed under"),
        Column("BillingAccountName", TEXT, "the same"),
        Column("BillingCurrency", TEXT, "`USD`"),
        Column("BillingPeriodEnd", MOMENT, "start of the next month, UTC"),
        Column("BillingPeriodStart", MOMENT, "start of the month, UTC"),
        Column("ChargeCategory", TEXT, "`Usage`"),
        Column("ChargeClass", TEXT, "null: the ledger is append-only, and no charge is ever corrected"),
        Column("ChargeDescription", TEXT, "the charge in words"),
        Column("ChargeFrequency", TEXT, "`Usage-Based`"),
        Column("ChargePeriodEnd", MOMENT, "start of the next day, UTC"),
        Column("ChargePeriodStart", MOMENT, "start of the day the calls settled in, UTC"),
        Column("CommitmentDiscountStatus", TEXT, "null: commitments are not known"),
        Column("ConsumedQuantity", QUANTITY, "in ConsumedUnit"),
        Column("ConsumedUnit", TEXT, "`Tokens`, `Calls` or `Minutes`"),
        Column("ContractedCost", MONEY, "as BilledCost: discounts of a contract are not known"),
        Column("EffectiveCost", MONEY, "as BilledCost: nothing is amortized"),
        Column("HostProviderName", TEXT, "as ServiceProviderName: where a model runs is not known"),
        Column("InvoiceId", TEXT, "null: the record knows no invoices"),
        Column("InvoiceIssuerName", TEXT, "as ServiceProviderName"),
        Column("ListCost", MONEY, "US dollars as recorded; for rehearsal what it would have been"),
        Column("PricingCategory", TEXT, "`Standard`"),
        Column("PricingQuantity", QUANTITY, "as ConsumedQuantity"),
        Column("PricingUnit", TEXT, "as ConsumedUnit"),
        Column("ProviderName", TEXT, "as ServiceProviderName, whose name before 1.3 this is"),
        Column("PublisherName", TEXT, "as ServiceProviderName; 1.3 has it for readers of 1.2"),
        Column("ResourceId", TEXT, "`team/agent`; null when no agent acted"),
        Column("ResourceName", TEXT, "the agent; null when no agent acted"),
        Column("ResourceType", TEXT, "`Agent`; null when no agent acted"),
        Column("ServiceCategory", TEXT, "`AI and Machine Learning` for models, else `Other`"),
        Column("ServiceName", TEXT, "`Model calls`, `Tool calls` or `People's time`"),
        Column("ServiceProviderName", TEXT, "who was paid: the models' provider, or the system of the tool"),
        Column("ServiceSubcategory", TEXT, "`Generative AI` for models, else `Other (Other)`"),
        Column("SkuId", TEXT, "the model or tool"),
        Column("SkuMeter", TEXT, "what is counted, such as `Output Tokens`"),
        Column("SkuPriceId", TEXT, "the model or tool, and the meter"),
        Column("SubAccountId", TEXT, "the team"),
        Column("SubAccountName", TEXT, "the team"),
        Column(
            "Tags", TEXT, "a JSON object: agent, channel, model_source, priority, team; null values left out"
        ),
        Column("x_Agent", TEXT, "null when no agent acted"),
        Column(
            "x_CallCount",
            COUNT,
            "settled calls; the same on each meter of these calls, so not to be added up",
        ),
        Column("x_Completion", TEXT, "`assumed`, `confirmed`, `reopened`; null unless completed"),
        Column("x_CostSplit", TEXT, "how money was divided among meters: `list price`, `tokens`, `whole`"),
        Column("x_Durable", TEXT, "`yes` or `no`; null while nobody can say, see the KPI"),
        Column("x_Kind", TEXT, "`model`, `tool` or `people`"),
        Column("x_ModelSource", TEXT, "`claude`, `rehearsal`, …; a file never has rehearsal beside others"),
        Column("x_PeopleCost", MONEY, "US dollars of people's time, billed by nobody; 0 but for `people`"),
        Column("x_RecordedCost", MONEY, "US dollars as the ledger has them; for rehearsal, too"),
        Column("x_TaskEndedAt", MOMENT, "null while it is open, or without a task"),
        Column("x_TaskId", TEXT, "null when the charge concerns no task"),
        Column("x_TaskStatus", TEXT, "as of the export; null without a task"),
        Column("x_Team", TEXT, "`no team` outside one"),
        Column("x_Truth", TEXT, "`correct` or `wrong`; null when not scored"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """Who pays and who is paid, which the ledger does not know."""

    account: str
    """The billing account's id."""
    provider: str = "Anthropic"
    """Who bills the calls of real models."""


def focus_rows(
    charges: pl.LazyFrame, tasks: pl.LazyFrame, billing: Billing, now: datetime | None = None
) -> pl.LazyFrame:
    """The charges as FOCUS rows, by day and team.

    Frames in: `Charges`, and `Tasks` with the outcomes as they are now. Frame out: `FOCUS cost and usage`.

    Args:
        now: up to when the record is known; None takes the last moment the tasks speak of.

    Raises:
        FrameError: a frame is of another kind.
    """
    with_outcome = CHARGES.check(charges).join(_outcomes(tasks, now), on="task_id", how="left")
    return (
        with_outcome.with_columns(provider=_provider(billing), **_amounts())
        .select(
            *_money(),
            *_account(billing),
            *_times(),
            *_what(),
            *_service(),
            *_who(),
            _tags(),
            *_own(),
        )
        .sort("ChargePeriodStart", "x_Team", "x_TaskId", "x_Agent", "SkuPriceId", nulls_last=True)
        .select(pl.col(name).cast(dtype) for name, dtype in FOCUS.schema.items())
    )


def _outcomes(tasks: pl.LazyFrame, now: datetime | None) -> pl.LazyFrame:
    """What became of each task."""
    judged = pl.when(pl.col("durable")).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return with_durability(TASKS.check(tasks), now).select(
        "task_id",
        "status",
        "ended_at",
        "truth",
        "priority",
        "channel",
        "completion",
        pl.when(pl.col("judged")).then(judged).alias("durable"),
    )


def _rehearsed() -> pl.Expr:
    return pl.col("model_source") == REHEARSAL


def _amounts() -> dict[str, pl.Expr]:
    """What is billed, and what stands in the list: nobody bills a rehearsal."""
    billed = pl.when(_rehearsed()).then(pl.lit(0, dtype=MONEY)).otherwise(pl.col("recorded_usd"))
    return {"billed": billed, "quantity": pl.col("quantity").cast(QUANTITY)}


def _provider(billing: Billing) -> pl.Expr:
    """Who is paid: for a tool call the system, which stands before the two underscores of the tool's name."""
    return (
        pl.when(pl.col("kind") == PEOPLE)
        .then(pl.lit("own staff"))
        .when(_rehearsed())
        .then(pl.lit("muster rehearsal"))
        .when(pl.col("kind") == TOOL)
        .then(pl.col("sku").str.split("__").list.first())
        .otherwise(pl.lit(billing.provider))
    )


def _money() -> list[pl.Expr]:
    billed = ("BilledCost", "ContractedCost", "EffectiveCost")
    return [*(pl.col("billed").alias(name) for name in billed), pl.col("recorded_usd").alias("ListCost")]


def _account(billing: Billing) -> list[pl.Expr]:
    constant = {
        "BillingAccountId": billing.account,
        "BillingAccountName": billing.account,
        "BillingCurrency": _CURRENCY,
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeFrequency": "Usage-Based",
        "CommitmentDiscountStatus": None,
        "InvoiceId": None,
        "PricingCategory": "Standard",
    }
    return [pl.lit(value, dtype=TEXT).alias(name) for name, value in constant.items()]


def _times() -> list[pl.Expr]:
    day = pl.col("day")
    month = day.dt.truncate("1mo")
    return [
        month.alias("BillingPeriodStart"),
        month.dt.offset_by("1mo").alias("BillingPeriodEnd"),
        day.alias("ChargePeriodStart"),
        day.dt.offset_by("1d").alias("ChargePeriodEnd"),
    ]


def _what() -> list[pl.Expr]:
    words = pl.format("{} of {} for {}", "meter", "sku", "team")
    quantities = [pl.col("quantity").alias(name) for name in ("ConsumedQuantity", "PricingQuantity")]
    units = [pl.col("unit").alias(name) for name in ("ConsumedUnit", "PricingUnit")]
    return [
        pl.when(_rehearsed())
        .then(pl.concat_str(pl.lit(_NOT_BILLED), words))
        .when(pl.col("kind") == PEOPLE)
        .then(pl.format("People's time for {}, not billed", "team"))
        .otherwise(words)
        .alias("ChargeDescription"),
        *quantities,
        *units,
        pl.col("sku").alias("SkuId"),
        pl.col("meter").alias("SkuMeter"),
        pl.format("{}/{}", "sku", "meter").alias("SkuPriceId"),
    ]


def _service() -> list[pl.Expr]:
    model = pl.col("kind") == MODEL
    names = {MODEL: "Model calls", TOOL: "Tool calls", PEOPLE: "People's time"}
    paid = ("ServiceProviderName", "HostProviderName", "InvoiceIssuerName", "ProviderName", "PublisherName")
    return [
        *(pl.col("provider").alias(name) for name in paid),
        pl.when(model)
        .then(pl.lit("AI and Machine Learning"))
        .otherwise(pl.lit("Other"))
        .alias("ServiceCategory"),
        pl.when(model)
        .then(pl.lit("Generative AI"))
        .otherwise(pl.lit("Other (Other)"))
        .alias("ServiceSubcategory"),
        pl.col("kind").replace_strict(names, return_dtype=TEXT).alias("ServiceName"),
    ]


def _who() -> list[pl.Expr]:
    acted = pl.col("agent").is_not_null()
    return [
        pl.format("{}/{}", "team", "agent").alias("ResourceId"),
        pl.col("agent").alias("ResourceName"),
        pl.when(acted).then(pl.lit("Agent")).alias("ResourceType"),
        *(pl.col("team").alias(name) for name in ("SubAccountId", "SubAccountName", "x_Team")),
        pl.col("agent").alias("x_Agent"),
    ]


def _tags() -> pl.Expr:
    """A JSON object of what is known; none of these names has anything but quotes to be escaped."""
    names = ("agent", "channel", "model_source", "priority", "team")
    pairs = [
        pl.when(pl.col(name).is_not_null()).then(
            pl.concat_str(
                pl.lit(f'"{name}":"'), pl.col(name).str.replace_all(r'(["\\])', r"\${1}"), pl.lit('"')
            )
        )
        for name in names
    ]
    return pl.concat_str(
        pl.lit("{"), pl.concat_str(pairs, separator=",", ignore_nulls=True), pl.lit("}")
    ).alias("Tags")


def _own() -> list[pl.Expr]:
    names = {
        "x_CallCount": "calls",
        "x_Completion": "completion",
        "x_CostSplit": "split",
        "x_Durable": "durable",
        "x_Kind": "kind",
        "x_ModelSource": "model_source",
        "x_PeopleCost": "people_usd",
        "x_RecordedCost": "recorded_usd",
        "x_TaskEndedAt": "ended_at",
        "x_TaskId": "task_id",
        "x_TaskStatus": "status",
        "x_Truth": "truth",
    }
    return [pl.col(column).alias(name) for name, column in names.items()]
