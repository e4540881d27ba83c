"""The ledger as the pages see it: read-only, kept for a few seconds, and one sentence when it is away."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

import polars as pl
import streamlit as st

from app.parts import sign_in
from muster.analysis.calibration import assessed_tasks
from muster.analysis.human import HumanCost
from muster.analysis.period import Period
from muster.analysis.picture import Picture, pictures
from muster.analysis.tasks import task_rows
from muster.core.errors import MusterError
from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.reports.roster import Roster, read_roster
from muster.services.database import database_url

FRESH_SECONDS: Final = 10
PERIODS: Final = {
    "all time": None,
    "24 hours": timedelta(hours=24),
    "7 days": timedelta(days=7),
    "30 days": timedelta(days=30),
}


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
    back = PERIODS[period]
    within = Period(since=None if back is None else now - back)
    return pictures(_reader(url).scan(), human=HumanCost(), now=now, period=within, team=team)


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
