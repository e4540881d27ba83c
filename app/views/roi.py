"""What a team returns and when it is paid back, as distributions, from the ledger and the assumptions."""

from pathlib import Path
from typing import Literal

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis.roi import charts
from muster.analysis.roi.returns import Return, returns
from muster.analysis.roi.yardsticks import SOURCE, YARDSTICKS
from muster.core.errors import MusterError
from muster.core.settings import load_settings
from muster.reports import roi_words as words
from muster.reports.roi import Cases, all_cases

_ALONE = "assumptions"
_TILES = {
    "npv": "What all its money is worth today, at the discount rate",
    "roi": "Net present value over the present value of all that is spent, people's time included",
    "payback": "Months until what was spent is earned back",
    "break_even_completion": "The completion rate at which the net present value is zero",
}


def cases(folder: Path) -> Cases:
    """Every team's case; where a file cannot be used the page ends with what is wrong, by file and line."""
    tasks = record.tasks()
    try:
        return all_cases(tasks.lazy(), folder)
    except MusterError as error:
        st.title("Return and payback")
        st.error(show.words("\n".join(text for text in (str(error), error.do) if text)))
        st.stop()


def chosen(found: Cases) -> Return:
    """The return of the chosen team and model source, under a label that says which it is."""
    heading, first, second = st.columns([2, 1, 1], vertical_alignment="bottom")
    heading.title("Return and payback")
    asked = st.query_params.get("team"), st.query_params.get("source")
    teams = list(dict.fromkeys(case.team for case in found.cases))
    team = choices.kept(first, "Team", "team", teams)
    mine = {case.model_source or _ALONE: case for case in found.cases if case.team == team}
    names = list(mine)
    source = choices.kept(second, "Model source", "source", names) if len(names) > 1 else names[0]
    if missing := [repr(it) for it, of in zip(asked, (teams, names), strict=True) if it and it not in of]:
        st.warning(f"There is no return of {' and '.join(missing)}; this is {team}, {source}.")
    color: Literal["gray", "orange", "blue"] = "orange" if source == "rehearsal" else "blue"
    st.badge(words.label(mine[source].model_source), color="gray" if source == _ALONE else color)
    return returns(mine[source])


def tiles(ret: Return) -> None:
    for column, (measure, meaning) in zip(st.columns(len(_TILES)), _TILES.items(), strict=True):
        with column.container(border=True, height="stretch"):
            name = words.LABELS[measure].capitalize()
            st.metric(name, words.middle(ret, measure), help=show.words(meaning))
            st.caption(show.words(f"nine draws in ten: {words.span(ret, measure)}"))


def drawn(ret: Return) -> None:
    """The four pictures, each with its table to take away."""
    pictures = {
        "cash": (
            "Earned less spent",
            charts.cash_chart(ret.cash),
            "By month; the band holds nine draws in ten.",
        ),
        "payback": ("When it is paid back", charts.payback_chart(ret.payback), "Share of draws by month."),
        "drivers": ("What drives it", charts.tornado_chart(ret.drivers), "NPV, one input moved at a time."),
        "bridge": (
            "What is left of the saving",
            charts.bridge_chart(ret.bridge),
            "A year at the volume's full stretch; means, so that they add up.",
        ),
    }
    places = [column for _ in range(2) for column in st.columns(2)]
    for place, (name, (title, chart, caption)) in zip(places, pictures.items(), strict=True):
        with place:
            st.subheader(title)
            show.chart(chart, name, f"{title}. {caption}")
            st.caption(caption)
            show.download(getattr(ret, name), f"{name}-{ret.case.team}")


def yardsticks(ret: Return) -> None:
    st.subheader("Beside what others have published")
    rows = [
        {
            "figure": show.words(words.LABELS[one.measure]),
            "this team": f"{show.words(words.middle(ret, one.measure))} "
            f":small[:gray[({show.words(words.span(ret, one.measure))})]]",
            "published expectation": show.words(f"{words.expected(one)}, {one.scope}"),
        }
        for one in YARDSTICKS
    ]
    st.table(pl.DataFrame(rows), border="horizontal", hide_index=True)
    st.caption(show.words(f"{SOURCE}. Not facts about this company."))
    show.download(ret.figures, f"figures-{ret.case.team}")


def inputs(ret: Return) -> None:
    """Every figure it rests on, with where it comes from."""
    st.subheader("What it rests on")
    rows = []
    for row in ret.inputs.iter_rows(named=True):
        low, middle, high = (words.bare(row[end], row["unit"]) for end in ("p5", "p50", "p95"))
        unit = row["unit"].removeprefix("share").replace("/year", "a year")
        ends = "" if low == high else f" :small[:gray[({show.words(f'{low} – {high}')})]]"
        colour = "blue" if row["basis"] == "ledger" else "gray"
        rows.append(
            {
                "figure": row["label"],
                "value": f"{show.words(f'{middle} {unit}'.strip())}{ends}",
                "from": f":{colour}-badge[{row['basis']}] {show.words(row['source'])}",
            }
        )
    st.table(pl.DataFrame(rows), border="horizontal", hide_index=True)
    if ret.case.model_source is not None:
        behind = {"team": ret.case.team, "source": ret.case.model_source}
        st.page_link("views/tasks.py", label="The tasks behind the ledger's figures", query_params=behind)
    show.download(ret.inputs, f"inputs-{ret.case.team}")


def page() -> None:
    folder = load_settings().assumptions_dir
    found = cases(folder)
    if found.cases:
        ret = chosen(found)
        st.markdown(show.words(f"{ret.case.team} {words.verdict(ret)}"))
        if ret.case.notes[1:]:
            st.warning(show.words(" ".join(ret.case.notes[1:])))
        tiles(ret)
        drawn(ret)
        yardsticks(ret)
        inputs(ret)
        st.caption(show.words(f"{ret.draws:,} draws over {ret.case.horizon_months} months; seed {ret.seed}."))
    else:
        st.title("Return and payback")
        st.info("No team has a file of assumptions the return could be calculated with.")
    for refused in found.refused:
        st.info(show.words(f"{refused}. {refused.do}"))
    for name in found.without_file:
        st.info(show.words(f"Nobody assumes anything about {name}: write {name}.yaml in {folder}."))


page()
