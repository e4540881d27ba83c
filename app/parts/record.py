"""The ledger as the pages see it: read-only, a few seconds old at most, and one sentence when it is away."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar

import polars as pl
import streamlit as st

from app.parts import live, periods, sign_in
from muster.analysis.burn import BUDGETS
from muster.analysis.picture import Picture
from muster.analysis.spending import spending
from muster.core.errors import MusterError
from muster.core.settings import load_settings
from muster.ledger.home import LedgerHome
from muster.ledger.reader import LedgerReader
from muster.ledger.verify import Verdict, verify_ledger
from muster.reports.budgets import budget_rows
from muster.reports.roster import Roster, read_roster
from muster.reports.roster_line import RosterLine
from muster.reports.standing import Standing, read_standing
from muster.services.database import database_url
from muster.wiring import open_ledger

FRESH_SECONDS: Final = 10

Value = TypeVar("Value")


def drawn(period: str, team: str | None) -> list[Picture]:
    """The picture of each model source in the period; without a ledger the page ends with a sentence."""
    url = _url()
    try:
        shown = live.of_record(url).drawn(period, team, lambda now: periods.within(period, now))
    except MusterError as error:
        _say_and_stop(error)
    if shown.failure is not None:
        st.warning(f"These figures are as of {shown.at:%H:%M:%S} UTC. {_sentences(shown.failure)}")
    return shown.value


def derived(name: str, of: Picture, chosen: tuple[str, str | None], make: Callable[[], Value]) -> Value:
    """What `make` gives of a picture, made once for all who look at the same one.

    Args:
        chosen: the period's name and the team the picture was asked for with.
    """
    return live.of_record(_url()).derived((name, of.model_source, *chosen), of.now, make)


def tasks() -> pl.DataFrame:
    """Every task, as a `Tasks` frame; without a ledger the page ends with a sentence."""
    url = _url()
    try:
        return live.of_record(url).frames().value.tasks
    except MusterError as error:
        _say_and_stop(error)


def task_events(task_id: str) -> list[dict[str, Any]]:
    """The whole events of one task; without a ledger the page ends with a sentence."""
    url = _url()
    try:
        return _reader(url).task_events(task_id)
    except MusterError as error:
        _say_and_stop(error)


def assessed() -> pl.DataFrame:
    """Every answer that can be held against a truth, as `Assessed tasks`; as above without a ledger."""
    url = _url()
    try:
        return live.of_record(url).assessed().value
    except MusterError as error:
        _say_and_stop(error)


def roster() -> Roster:
    """Every agent at work; without a ledger the page ends with a sentence."""
    url = _url()
    try:
        return _roster(url)
    except MusterError as error:
        _say_and_stop(error)


def teams_at_work() -> set[str]:
    """The teams that are deployed now; empty when that cannot be known, which ends no page."""
    return {line.team for line in _lines()}


def roster_line(team: str, agent: str) -> RosterLine | None:
    """What is in force for one agent; None when it is not deployed or that cannot be known."""
    return next((line for line in _lines() if (line.team, line.agent) == (team, agent)), None)


def budgets() -> pl.DataFrame:
    """The budgets in force as `Budgets`; empty when they cannot be known."""
    try:
        return budget_rows(_roster(_url()))
    except MusterError:
        return BUDGETS.empty()


def _lines() -> list[RosterLine]:
    try:
        return _roster(_url()).lines
    except MusterError:
        return []


def spent() -> pl.DataFrame:
    """Every day's money by team, agent and model, as `Spending`; as above without a ledger."""
    url = _url()
    try:
        return spending(live.of_record(url).frames().value.spend.lazy()).collect()
    except MusterError as error:
        _say_and_stop(error)


def standing() -> Standing:
    """Where the record stands; without a ledger the page ends with a sentence."""
    url = _url()
    try:
        return _standing(url)
    except MusterError as error:
        _say_and_stop(error)


def checked() -> Verdict:
    """The whole record checked now: every event, chain, seal and signature; as above without a ledger."""
    settings = load_settings()
    _url()

    async def check() -> Verdict:
        async with open_ledger(settings) as ledger:
            return await verify_ledger(ledger, LedgerHome.of(settings), mirror=settings.mirror_address)

    try:
        return asyncio.run(check())
    except MusterError as error:
        _say_and_stop(error)


def _url() -> str:
    """Where the ledger is; nobody gets past here without having signed in."""
    sign_in.require()
    try:
        return database_url(load_settings())
    except MusterError as error:
        _say_and_stop(error)


def _reader(url: str) -> LedgerReader:
    return LedgerReader.of(load_settings(), url)


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _standing(url: str) -> Standing:
    return read_standing(load_settings(), url)


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner="Reading the ledger")
def _roster(url: str) -> Roster:
    return read_roster(load_settings(), url)


def _say_and_stop(error: MusterError) -> NoReturn:
    st.error(_sentences(error))
    st.stop()


def _sentences(error: MusterError) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in (str(error), error.do) if text)
