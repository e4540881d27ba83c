"""The record of a day that was worked, read again from its folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from muster.analysis.period import Period
from muster.core.settings import Settings
from muster.gateway.policy.files import Policy, load_policy
from muster.gateway.registration import load_registration
from muster.ledger.reader import LedgerReader
from muster.services.database import database_url, embedded_postgres
from muster.whatif.past import Past, read_past


@contextmanager
def record_of(settings: Settings) -> Iterator[tuple[Past, Policy]]:
    """The whole day, and the policy it was worked under; its Postgres runs inside the block."""
    with embedded_postgres(settings).running():
        reader = LedgerReader.of(settings, database_url(settings))
        registration = load_registration(settings.tools_registration)
        yield read_past(reader, registration, Period()), load_policy(settings.policies_dir)
