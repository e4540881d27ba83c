"""Who is at work: every agent with what it may do, what it may still spend today, and what it did lately."""

from typing import Any

import polars as pl
import streamlit as st

from app.parts import choices, record, show
from muster.analysis.figures import money, source_label
from muster.reports import roster_table as words
from muster.reports.roster import Roster
from muster.reports.roster_line import RosterLine

_ALL = "all teams"
_COLORS = {"active": "green", "draining": "orange", "paused": "red"}


def heading(roster: Roster) -> tuple[list[str], str | None]:
    """The teams to show, and the model source whose work is shown; None when there was no work."""
    teams = sorted({line.team for line in roster.lines})
    sources = sorted(roster.activity["model_source"].unique(), key=lambda name: (name == "rehearsal", name))
    title, first, second = st.columns([2, 1, 1], vertical_alignment="bottom")
    title.title("Agents")
    team = choices.kept(first, "Team", "team", [_ALL, *teams])
    source = sources[0] if sources else None
    if len(sources) > 1:
        source = choices.kept(second, "Model source", "source", sources)
    if source is None:
        st.caption("Nobody asked a model in the last 24 hours.")
    else:
        st.badge(source_label(source), color="orange" if source == "rehearsal" else "blue")
    return (teams if team == _ALL else [team]), source


def row(roster: Roster, line: RosterLine, source: str | None) -> dict[str, str]:
    """One agent as a row of its team's table."""
    mine = [done for done in words.lately(roster, line) if done["model_source"] == source]
    first = " :gray-badge[coordinator]" if line.coordinator else ""
    color = _COLORS[line.status]
    return {
        "agent": f"{show.words(line.agent)}{first}",
        "status": f":{color}-badge[{show.words(words.status(line))}]",
        "tier": line.tier,
        "phase": show.words(words.phase(line).replace("may become ", "may\u00a0become\u00a0")),
        "model": show.words(f"{words.model(line)}, {line.model_role}"),
        "prompt": show.words(words.prompts(line)),
        "left today": show.words(words.left(line.budget).replace(" of ", "\u00a0of\u00a0")),
        **did(mine[0] if mine else None),
    }


def did(done: dict[str, Any] | None) -> dict[str, str]:
    """The last 24 hours as columns."""
    if done is None:
        return {"24 h: tasks": "0", "completed": "", "escalated": "", "cost": ""}
    return {
        "24 h: tasks": f"{done['tasks']:,}",
        "completed": f"{done['completed']:,}",
        "escalated": f"{done['escalated']:,}",
        "cost": show.words(money(float(done["model_cost_usd"]))),
    }


def one_team(roster: Roster, lines: list[RosterLine], source: str | None) -> None:
    first = lines[0]
    st.subheader(show.words(first.team))
    st.caption(
        show.words(
            f"{first.owner} answers for it · version {first.team_version} · "
            f"{words.left(first.team_budget)} left today"
        )
    )
    for halt in words.halts(lines):
        st.markdown(f":red-badge[halted] {show.words(halt)}")
    st.table(
        pl.DataFrame([row(roster, line, source) for line in lines]), border="horizontal", hide_index=True
    )
    with st.expander("What each may use"):
        for line in lines:
            tools = ", ".join(line.tools) or "no tool"
            st.markdown(show.words(f"{line.agent} ({line.title}): {tools}."))


def page() -> None:
    roster = record.roster()
    if not roster.lines:
        st.info("No team is at work yet: muster team deploy FOLDER")
        return
    teams, source = heading(roster)
    if roster.fleet_halt is not None:
        st.warning(show.words(f"Halted: {words.halted(roster.fleet_halt)}"))
    st.caption(show.words(f"All agents together: {words.left(roster.fleet)} left today (UTC)."))
    for team in teams:
        one_team(roster, [line for line in roster.lines if line.team == team], source)
    rows = pl.DataFrame(
        [
            {
                "team": line.team,
                "owner": line.owner,
                "agent": line.agent,
                "tier": line.tier,
                "phase": line.phase,
                "model": line.model,
                "status": line.status,
                "tools": " ".join(line.tools),
                "prompt": words.prompts(line),
                "left_usd": line.budget.left_usd,
            }
            for line in roster.lines
            if line.team in teams
        ]
    )
    show.download(rows, "roster")


page()
