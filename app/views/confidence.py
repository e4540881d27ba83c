"""Whether agents are right as often as they say they are."""

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis.calibration import (
    BINS,
    MIN_BIN,
    MIN_METHOD,
    calibration,
    calibration_error,
)
from muster.analysis.charts_calibration import calibration_chart
from muster.analysis.figures import TOO_FEW, figure, interval, reason, source_label

_ALL = "all teams"
_MEANING = {
    "self_report": "the agent's own word",
    "samples": "the share of repeated answers that agree",
    "verifier": "another model's word",
}
_COLOURS = {"overconfident": "red", "underconfident": "orange", "fits": "green", "too few": "gray"}


def heading(assessed: pl.DataFrame) -> pl.DataFrame:
    """The answers of the chosen team and model source."""
    title, first, second = st.columns([2, 1, 1], vertical_alignment="bottom")
    title.title("Confidence")
    team = choices.kept(first, "Team", "team", [_ALL, *sorted(assessed["team"].unique())])
    mine = assessed if team == _ALL else assessed.filter(pl.col("team") == team)
    sources = sorted(mine["model_source"].unique(), key=lambda name: (name == "rehearsal", name))
    if not sources:
        return mine
    source = choices.kept(second, "Model source", "source", sources) if len(sources) > 1 else sources[0]
    st.badge(source_label(source), color="orange" if source == "rehearsal" else "blue")
    return mine.filter(pl.col("model_source") == source)


def methods(errors: pl.DataFrame) -> None:
    """One row a method: what it is, how sure, how right, how far off."""
    rows = [
        {
            "method": show.words(reason(row["method"])),
            "verdict": f":{_COLOURS[row['verdict']]}-badge[{row['verdict']}]",
            "stated": show.words(figure(row["stated"], "share")),
            "right": show.words(
                f"{figure(row['correct_share'], 'share')} ({interval(row['low'], row['high'], 'share')})"
            ),
            "calibration error": show.words(figure(row["expected_error"], "share")),
            "answers": f"{row['n']:,}",
        }
        for row in errors.iter_rows(named=True)
    ]
    st.table(pl.DataFrame(rows), border="horizontal", hide_index=True)
    meanings = [f"{reason(method)}: {_MEANING[method]}" for method in errors["method"] if method in _MEANING]
    st.caption(show.words("; ".join(meanings).capitalize() + "."))
    if errors["expected_error"].null_count():
        st.caption(f"Under {MIN_METHOD} answers an error would be mostly chance: {TOO_FEW}.")


def bins_table(bins: pl.DataFrame) -> None:
    """The chart's figures, bins with too few answers included."""
    with st.expander("All bins"):
        rows = [
            {
                "method": reason(row["method"]),
                "stated": f"{row['bin'] / BINS:.1f} to {(row['bin'] + 1) / BINS:.1f}",
                "answers": f"{row['n']:,}",
                "right": show.words(figure(row["correct_share"], "share")),
                "95 %": show.words(interval(row["low"], row["high"], "share")),
            }
            for row in bins.iter_rows(named=True)
        ]
        st.table(pl.DataFrame(rows), border="horizontal", hide_index=True)


def page() -> None:
    assessed = record.assessed()
    mine = heading(assessed)
    if mine.is_empty():
        st.info("No completed task with a stated confidence was held against a truth yet.")
        return
    bins = calibration(mine)
    methods(calibration_error(bins))
    st.subheader("Stated against true")
    if bins["correct_share"].null_count() < bins.height:
        show.chart(
            calibration_chart(bins), "calibration", "Stated confidence against the share that was right"
        )
    few = bins["correct_share"].null_count()
    if few:
        st.caption(f"{few} of {bins.height} bins hold under {MIN_BIN} answers and are left out.")
    st.caption(
        "Completed tasks held against a truth. Answers under an agent's threshold go to a person and are not "
        "acted on, so low confidence is hardly ever put to the test."
    )
    bins_table(bins)
    show.download(bins, "calibration")


page()
