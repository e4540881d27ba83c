"""The ledger as the pages see it: read-only, kept for a few seconds, and one sentence when it is away."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import polars as pl
import streamlit as st

from app.parts import periods, sign_in
from muster.analysis.burn import BUDGETS
from muster.analysis.calibration import assessed_tasks
from muster.analysis.human import HumanCost
from muster.analysis.picture import Picture, pictures
from muster.analysis.spending import KINDS, spending
from muster.analysis.tasks import task_rows
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


def drawn(period: str, team: str | None) -> list[Picture]:
    """The picture of each model source in the period; without a ledger the page ends with a sentence."""
    url = _url()
    try:
        return _pictures(url, period, team)
    except MusterError as error:
        _say_and_stop(error)


def tasks() -> pl.DataFrame:
    """Every task, as a `Tasks` frame; without a ledger the page ends with a sentence."""
    url = _url()
    try:
        return _tasks(url)
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
        return _assessed(url)
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
        return _spending(url)
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


@st.cache_data(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _tasks(url: str) -> pl.DataFrame:
    return task_rows(_reader(url).scan()).collect(engine="streaming")


@st.cache_data(ttl=FRESH_SECONDS, max_entries=32, show_spinner="Reading the ledger")
def _pictures(url: str, period: str, team: str | None) -> list[Picture]:
    now = datetime.now(UTC)
    within = periods.within(period, now)
    return pictures(_reader(url).scan(), human=HumanCost(), now=now, period=within, team=team)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _spending(url: str) -> pl.DataFrame:
    return spending(_reader(url).scan(kinds=KINDS)).collect(engine="streaming")


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _standing(url: str) -> Standing:
    return read_standing(load_settings(), url)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _assessed(url: str) -> pl.DataFrame:
    return assessed_tasks(_reader(url).scan()).collect(engine="streaming")


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner="Reading the ledger")
def _roster(url: str) -> Roster:
    return read_roster(load_settings(), url)


def _say_and_stop(error: MusterError) -> NoReturn:
    sentences = [f"{text[:1].upper()}{text[1:]}." for text in (str(error), error.do) if text]
    st.error(" ".join(sentences))
    st.stop()
