"""What comes before any work for a customer: people who ask for a person, and matters no agent decides."""

from __future__ import annotations

from muster.models.rehearsal.script import Ending
from muster.models.rehearsal.skills.endings import escalate
from muster.models.rehearsal.skills.work import Work

_CLEAR = 6.0


def person_needed(work: Work) -> Ending | None:
    """The end of a run that must go to a person at once; None when it need not."""
    reading = work.reading
    if reading.of("sensitive") >= _CLEAR:
        return escalate("agent_asked", "The message is about personal data, lawyers, courts or the press.")
    if reading.of("person") >= _CLEAR:
        return escalate("customer_asked", "The sender asks to speak to a person.")
    return None
