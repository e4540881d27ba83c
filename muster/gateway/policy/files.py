"""The policy as people write it: money, sensitive, limits and provenance.yaml in data/policies."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from muster.gateway.policy.autonomy_file import AutonomyFile
from muster.gateway.policy.rate_limit import RateLimit
from muster.gateway.policy.section import read_section
from muster.gateway.provenance.policy import ProvenancePolicy
from muster.ledger.events import Effect

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Band(_Strict):
    """What happens to an amount that lies below a limit and in no earlier band."""

    name: str
    below: Decimal | None = None
    """Amounts smaller than this, in the policy's currency; null: any."""
    up_to: Decimal | None = None
    """Amounts up to and with this; null: any."""
    agents: str = "*"
    """Of whom it speaks: `team/agent`, with `*` and `?` as in file names."""
    verdict: Literal["allow", "needs_approval", "deny"]
    note: str = ""
    """Added to the reason the agent reads."""

    def holds(self, amount: Decimal) -> bool:
        """Whether `amount` lies in this band, no earlier one having held it."""
        if self.below is not None:
            return amount < self.below
        return self.up_to is None or amount <= self.up_to


class MoneyPolicy(_Strict):
    """Money bands and the table amounts are converted by."""

    currency: Currency
    """The currency the bands are in."""
    rates: dict[Currency, Annotated[Decimal, Field(gt=0)]]
    """Units of the policy's currency one unit of another is worth."""
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    """In order; the first that holds the amount decides."""

    per_agent_per_day: tuple[Band, ...] = ()
    """For all an agent committed in a day (UTC) without a person, to whomever; empty: not limited."""

    @model_validator(mode="after")
    def _last_band_is_open(self) -> "MoneyPolicy":
        for bands in (self.bands, self.per_agent_per_day):
            if bands and (bands[-1].below, bands[-1].up_to, bands[-1].agents) != (None, None, "*"):
                raise ValueError("the last band must hold every amount: leave out below, up_to and agents")
        return self


class SensitivePolicy(_Strict):
    """Operations that always wait for a person."""

    effects: frozenset[Effect] = frozenset({"destructive"})
    tools: frozenset[str] = frozenset()
    """Single tools, as agents see them: `<server>__<tool>`."""


class LimitsPolicy(_Strict):
    """Bounds the gateway sets to every agent and every upstream."""

    calls_per_run: int = Field(default=60, ge=1)
    """Tool calls one run may make, refused ones included."""
    arguments_bytes: int = Field(default=65_536, ge=1_024)
    """The largest arguments of one call, as canonical JSON."""
    result_characters: int = Field(default=100_000, ge=1_000)
    """A longer text of a result is cut, and says so."""
    answer_bytes: int = Field(default=4_194_304, ge=65_536)
    """A larger answer of an upstream is broken off."""
    rates: tuple[RateLimit, ...] = ()
    """How often an agent may call which tools."""
    call_seconds: float = Field(default=30.0, gt=0)
    """How long an upstream may take to answer."""
    connect_seconds: float = Field(default=5.0, gt=0)
    """How long an upstream may take to accept a connection."""
    start_seconds: float = Field(default=20.0, gt=0)
    """How long a subprocess may take until it answers for the first time."""
    retry_seconds: float = Field(default=10.0, gt=0)
    """The longest wait before an upstream that was away is tried again."""
    recheck_seconds: float = Field(default=60.0, gt=0)
    """How often the definitions of an upstream's tools are compared with the pinned ones."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything the rules are configured by."""

    money: MoneyPolicy
    sensitive: SensitivePolicy
    limits: LimitsPolicy
    provenance: ProvenancePolicy
    """Whom the company trusts about where money, messages and changes go."""
    autonomy: AutonomyFile
    """The one part that is read again while the gateway runs: a demotion must not wait for a restart."""


def load_policy(folder: Path) -> Policy:
    """The policy in `folder`; of a missing file the defaults hold, but for money.yaml.

    Raises:
        PolicyFileError: a file is missing, is no YAML or says something the policy does not know.
    """
    return Policy(
        money=read_section(folder / "money.yaml", MoneyPolicy),
        sensitive=read_section(folder / "sensitive.yaml", SensitivePolicy, default=SensitivePolicy()),
        limits=read_section(folder / "limits.yaml", LimitsPolicy, default=LimitsPolicy()),
        provenance=read_section(folder / "provenance.yaml", ProvenancePolicy, default=ProvenancePolicy()),
        autonomy=AutonomyFile.opened(folder / "standard.yaml"),
    )
