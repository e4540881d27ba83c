"""What the frames of a team's return hold; every one is about one team and one model source."""

from typing import Final

from muster.analysis.frames import COUNT, NUMBER, TEXT, Column, FrameContract

CASH: Final = FrameContract(
    "cash",
    "month of the horizon",
    (
        Column("month", COUNT, "0 is the month of building, before the first task"),
        Column("cash_p5", NUMBER, "US dollars in the month: one draw in twenty is below"),
        Column("cash_p50", NUMBER, "US dollars in the month: half of the draws are below"),
        Column("cash_p95", NUMBER, "US dollars in the month: one draw in twenty is above"),
        Column("total_p5", NUMBER, "US dollars up to the month: one draw in twenty is below"),
        Column("total_p50", NUMBER, "US dollars up to the month: half of the draws are below"),
        Column("total_p95", NUMBER, "US dollars up to the month: one draw in twenty is above"),
    ),
)
FIGURES: Final = FrameContract(
    "return figures",
    "measure",
    (
        Column("measure", TEXT, "`npv`, `roi`, `payback`, `break_even_completion`, `by_hand_a_year`, …"),
        Column("unit", TEXT, "`usd`, `share` or `months`"),
        Column("p5", NUMBER, "one draw in twenty is below; null where that one has no value"),
        Column("p50", NUMBER, "half of the draws are below; null where half have no value"),
        Column("p95", NUMBER, "one draw in twenty is above; null where that one has no value"),
        Column(
            "without", NUMBER, "share of draws without a value: never paid back, at no rate, nothing spent"
        ),
    ),
)
CHANCES: Final = FrameContract(
    "chances",
    "question",
    (
        Column("chance", TEXT, "`payback_in_12_months`, `never`, `npv_above_zero`"),
        Column("value", NUMBER, "share of draws, 0 to 1"),
        Column("error", NUMBER, "standard error from drawing so often and not more"),
    ),
)
PAYBACK: Final = FrameContract(
    "payback",
    "month in which what was spent is earned back",
    (
        Column("month", COUNT, "from 1; null: not within the horizon"),
        Column("share", NUMBER, "of draws, 0 to 1"),
    ),
)
DRIVERS: Final = FrameContract(
    "drivers",
    "input that is not certain, the strongest first",
    (
        Column("input", TEXT, "name of the input"),
        Column("label", TEXT, "the same in words"),
        Column("unit", TEXT, "of the two values"),
        Column("low", NUMBER, "its 10th percentile"),
        Column("high", NUMBER, "its 90th percentile"),
        Column("npv_at_median", NUMBER, "US dollars, all inputs at their medians"),
        Column("npv_at_low", NUMBER, "US dollars, all other inputs at their medians"),
        Column("npv_at_high", NUMBER, "US dollars, all other inputs at their medians"),
        Column("swing", NUMBER, "US dollars between the two, without sign"),
    ),
)
BRIDGE: Final = FrameContract(
    "bridge",
    "step from the work taken over to what is left of it, a year at the volume's full stretch",
    (
        Column("part", TEXT, "`work taken over` first, then what comes off it, `what is left` last"),
        Column(
            "mean", NUMBER, "US dollars a year, what comes off below zero; the means add up to the last one"
        ),
        Column("p5", NUMBER, "US dollars a year: one draw in twenty is below"),
        Column("p50", NUMBER, "US dollars a year: half of the draws are below"),
        Column("p95", NUMBER, "US dollars a year: one draw in twenty is above"),
    ),
)
INPUT_TABLE: Final = FrameContract(
    "inputs",
    "input",
    (
        Column("input", TEXT, "name of the input"),
        Column("label", TEXT, "the same in words"),
        Column("unit", TEXT, "of the three values"),
        Column("p5", NUMBER, "one draw in twenty is below"),
        Column("p50", NUMBER, "half of the draws are below"),
        Column("p95", NUMBER, "one draw in twenty is above"),
        Column("basis", TEXT, "`ledger` or `assumption`"),
        Column("n", COUNT, "what was counted; null for an assumption"),
        Column("source", TEXT, "where it comes from, in words"),
    ),
)
