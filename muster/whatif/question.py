"""A question about the past: which settings would have been otherwise, each by itself."""

from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from muster.analysis.human import HumanCost
from muster.core.settings import Settings
from muster.gateway.policy.autonomy_file import AutonomyRules
from muster.gateway.policy.files import MoneyPolicy, load_policy
from muster.gateway.policy.section import read_section
from muster.models.governance import load_table
from muster.teams.spending import load_fleet_limits
from muster.teams.standard_file import load_standard
from muster.whatif.budgets import under_budgets
from muster.whatif.errors import SettingError
from muster.whatif.forecast import Forecast
from muster.whatif.models import under_models, under_price
from muster.whatif.money import at_the_gate, under_band, under_money
from muster.whatif.past import Past
from muster.whatif.people import under_people
from muster.whatif.prompts import under_prompt
from muster.whatif.standards import under_confidence, under_standard, under_tool_calls

_OPTIONS = (
    "--confidence-below, --tool-calls-over, --commit-below, --usd-per-day, --usd-per-hour, "
    "--minutes-per-escalation, --minutes-per-approval, --price, --prompt, --standard, --money, --budgets, "
    "--models"
)


_OF_PEOPLE = ("usd_per_hour", "minutes_per_escalation", "minutes_per_approval")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The other settings; null for what stays. Each is held against the record by itself."""

    confidence_below: float | None = None
    """Answers less sure than this go to a person."""
    tool_calls_over: int | None = None
    """Runs with more tool calls than this go to a person."""
    commit_below: str | None = None
    """What agents may commit alone to one payee in a day, in the currency of money.yaml."""
    usd_per_day: str | None = None
    """US dollars all agents together may spend on models in a day."""
    standard: Path | None = None
    """A standard.yaml: escalation rules, the loop breaker, what a phase may do alone."""
    money: Path | None = None
    """A money.yaml."""
    budgets: Path | None = None
    """A budgets.yaml."""
    models: Path | None = None
    """A models.yaml."""
    price: str | None = None
    """`MODEL=INPUT,OUTPUT`, US dollars a million tokens."""
    prompt: str | None = None
    """`TEAM/AGENT=V1,V2`."""
    usd_per_hour: str | None = None
    """US dollars an hour of people's time."""
    minutes_per_escalation: str | None = None
    """Minutes a person spends on one escalation that was not timed."""
    minutes_per_approval: str | None = None
    """Minutes a person spends on one approval that was not timed."""

    @property
    def names(self) -> list[str]:
        """The settings that are otherwise."""
        return [field.name for field in fields(self) if getattr(self, field.name) is not None]

    def check(self) -> None:
        """Returns when something is asked.

        Raises:
            SettingError: no other setting is named.
        """
        if not self.names:
            raise SettingError("no other setting is named", do=f"give at least one of {_OPTIONS}")


def asked(past: Past, question: Question, settings: Settings, human: HumanCost) -> list[Forecast]:
    """A forecast for each setting of the question, in the order of its fields.

    Raises:
        SettingError: the question names no setting, or one that cannot be.
        NeverRanError: a version or model did no work in the period.
        PolicyFileError, StandardError, SpendingFileError, ModelTableError: a file cannot be used.
        UnpricedModelError: a model has no known price.
        AssumptionError: a rate or a number of minutes is negative.
        LedgerUnavailableError: the record cannot be read.
    """
    question.check()
    found: list[Forecast] = []
    if question.confidence_below is not None:
        found.append(under_confidence(past, question.confidence_below, human))
    if question.tool_calls_over is not None:
        found.append(under_tool_calls(past, question.tool_calls_over, human))
    if question.commit_below is not None:
        below = _decimal(question.commit_below, "--commit-below")
        found.append(under_band(past, load_policy(settings.policies_dir), below, human))
    if question.usd_per_day is not None:
        found.append(_under_usd_per_day(past, question.usd_per_day, settings, human))
    if question.standard is not None:
        found += _under_standard(past, _there(question.standard, "--standard"), settings, human)
    if question.money is not None:
        money = read_section(_there(question.money, "--money"), MoneyPolicy)
        policy = load_policy(settings.policies_dir)
        found.append(under_money(past, policy, money, human, question.money.name))
    if question.budgets is not None:
        fleet = load_fleet_limits(_there(question.budgets, "--budgets"))
        found.append(under_budgets(past, fleet, human, f"what {question.budgets.name} says"))
    if question.models is not None:
        found.append(under_models(past, load_table(question.models), human, question.models.name))
    if question.price is not None:
        found.append(under_price(past, question.price, human))
    if question.prompt is not None:
        found.append(under_prompt(past, question.prompt, human))
    if any(getattr(question, name) is not None for name in _OF_PEOPLE):
        found.append(under_people(past, human, _people(question, human)))
    return found


def _under_standard(past: Past, path: Path, settings: Settings, human: HumanCost) -> list[Forecast]:
    standard = load_standard(path)
    found = [under_standard(past, standard, human, path.name)]
    policy = load_policy(settings.policies_dir)
    alone = AutonomyRules(
        starts_in=standard.autonomy.starts_in, edge_effects=frozenset(standard.autonomy.edge_effects)
    )
    if alone != policy.autonomy.current():
        change = f"agents may do alone what {path.name} says"
        found.append(at_the_gate(past, policy, policy, human, change, alone))
    return found


def _under_usd_per_day(past: Past, text: str, settings: Settings, human: HumanCost) -> Forecast:
    most = _decimal(text, "--usd-per-day")
    if most <= 0:
        raise SettingError(f"a budget is above 0, not {text}", where="--usd-per-day", do="write 50")
    fleet = load_fleet_limits(settings.policies_dir / "budgets.yaml")
    words = f"{most:f} USD on models in a day (UTC)"
    return under_budgets(past, fleet.model_copy(update={"usd_per_day": most}), human, words)


def _there(path: Path, option: str) -> Path:
    if not path.is_file():
        raise SettingError(f"there is no file {path}", where=option, do="name a file that is there")
    return path


def _people(question: Question, human: HumanCost) -> HumanCost:
    other = {
        name: _decimal(text, f"--{name.replace('_', '-')}")
        for name in _OF_PEOPLE
        if (text := getattr(question, name)) is not None
    }
    return replace(human, **other, source="as asked")


def _decimal(text: str, option: str) -> Decimal:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise SettingError(f"{text!r} is no number", where=option, do="write a plain number, such as 42.50")
    return value
