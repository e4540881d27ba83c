"""A past period for questions about it: read once, kept for a minute; one sentence when it cannot be."""

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from app.parts import periods, sign_in
from app.parts.choices import Chosen
from muster.core.errors import MusterError
from muster.core.settings import load_settings
from muster.gateway.registration import load_registration
from muster.ledger.reader import LedgerReader
from muster.reports.assumptions.people import load_human_cost
from muster.services.database import database_url
from muster.whatif.forecast import Forecast
from muster.whatif.past import Past, read_past
from muster.whatif.question import Question, asked

_KEPT_SECONDS: Final = 60


def answers(question: Question, chosen: Chosen) -> list[Forecast]:
    """The forecasts for the chosen period and team; without an answer the page ends with a sentence."""
    sign_in.require()
    settings = load_settings()
    try:
        past = _past(database_url(settings), chosen.period, chosen.team)
        return asked(past, question, settings, load_human_cost(settings.assumptions_dir))
    except MusterError as error:
        sentences = [f"{text[:1].upper()}{text[1:]}." for text in (error.what, error.do) if text]
        st.error(" ".join(sentences))
        st.stop()


@st.cache_resource(ttl=_KEPT_SECONDS, max_entries=4, show_spinner="Reading the ledger")
def _past(url: str, period: str, team: str | None) -> Past:
    settings = load_settings()
    within = periods.within(period, datetime.now(UTC))
    return read_past(
        LedgerReader.of(settings, url), load_registration(settings.tools_registration), within, team
    )
