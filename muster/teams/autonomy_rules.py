"""The autonomy rules in force, with the version of the standard decisions name."""

from dataclasses import dataclass

from muster.core.settings import Settings
from muster.ledger.policies import PolicyRegister
from muster.ledger.postgres import PostgresLedger
from muster.teams.standard_file import StandardFile, standard_text
from muster.teams.standard_rules import Autonomy


@dataclass(frozen=True, slots=True)
class Rules:
    """The standard's part about autonomy, and how decisions name the standard."""

    autonomy: Autonomy
    standard: str
    """Such as `standard@3`."""


def autonomy_of(settings: Settings) -> Autonomy:
    """The rules as last saved.

    Raises:
        StandardError: standard.yaml cannot be used.
    """
    return StandardFile.of(settings).current().autonomy


async def rules_in_force(ledger: PostgresLedger, settings: Settings) -> Rules:
    """The rules as last saved; words nobody used before are recorded as a new version of the standard.

    Raises:
        StandardError: standard.yaml cannot be used.
        LedgerUnavailableError: the database is away.
    """
    standard = StandardFile.of(settings).current()
    version = await PolicyRegister(ledger).label("standard", standard_text(standard))
    return Rules(standard.autonomy, version)
