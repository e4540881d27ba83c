"""The ledger as the pages see it: read-only, a few seconds old at most, and one sentence when it is away."""

from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

import polars as pl
import streamlit as st

from app.parts import live, sign_in
from muster.analysis.period import Period
from muster.analysis.picture import Picture
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
        shown = live.of_record(url).drawn(period, team, lambda now: _within(period, now))
    except MusterError as error:
        _say_and_stop(error)
    if shown.failure is not None:
        st.warning(f"These figures are as of {shown.at:%H:%M:%S} UTC. {_sentences(shown.failure)}")
    return shown.value


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


def _url() -> str:
    """Where the ledger is; nobody gets past here without having signed in."""
    sign_in.require()
    try:
        return database_url(load_settings())
    except MusterError as error:
        _say_and_stop(error)


def _reader(url: str) -> LedgerReader:
    return LedgerReader.of(load_settings(), url)


def _within(period: str, now: datetime) -> Period:
    back = PERIODS[period]
    return Period(since=None if back is None else now - back)


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner="Reading the ledger")
def _roster(url: str) -> Roster:
    return read_roster(load_settings(), url)


def _say_and_stop(error: MusterError) -> NoReturn:
    st.error(_sentences(error))
    st.stop()


def _sentences(error: MusterError) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in (str(error), error.do) if text)
