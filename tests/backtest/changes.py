"""The settings that are tried: how each is written into an installation's files, and how it is forecast."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from muster.analysis.human import HumanCost
from muster.core.settings import Settings
from muster.gateway.policy.files import MoneyPolicy, Policy
from muster.gateway.policy.section import read_section
from muster.teams.standard_file import StandardFile
from muster.whatif.forecast import Forecast
from muster.whatif.money import under_money
from muster.whatif.past import Past
from muster.whatif.standards import under_confidence, under_standard

HUMAN = HumanCost()


@dataclass(frozen=True, slots=True)
class Tried:
    """A change of a setting."""

    name: str
    write: Callable[[Settings], None]
    """Changes the files before the day begins."""
    forecast: Callable[[Past, Settings, Policy], Forecast]
    """From the record of the day before the change; the settings are of an installation that is changed."""


def _standard(past: Past, changed: Settings, _: Policy) -> Forecast:
    return under_standard(past, StandardFile.of(changed).current(), HUMAN, "the changed standard.yaml")


def _money(past: Past, changed: Settings, policy: Policy) -> Forecast:
    money = read_section(changed.policies_dir / "money.yaml", MoneyPolicy)
    return under_money(past, policy, money, HUMAN, "the changed money.yaml")


def rewritten(path: Path, pattern: str, value: str) -> None:
    """Replace what must be there."""
    text, found = re.subn(pattern, value, path.read_text())
    assert found, f"{pattern} is not in {path}"
    path.write_text(text)


def threshold(least: float) -> Tried:
    """Every agent asks a person about an answer less sure than this, and no manifest may ask later."""

    def write(settings: Settings) -> None:
        standard = settings.policies_dir / "standard.yaml"
        rewritten(standard, r"\bconfidence_below: [\d.]+", f"confidence_below: {least}")
        rewritten(standard, r"\bconfidence_floor: [\d.]+", f"confidence_floor: {least}")
        for manifest in settings.teams_dir.glob("*/team.yaml"):  # else they would be refused
            rewritten(manifest, r"\bconfidence_below: [\d.]+", f"confidence_below: {least}")

    def forecast(past: Past, _: Settings, __: Policy) -> Forecast:
        return under_confidence(past, least, HUMAN)

    return Tried(f"confidence threshold {least:.2f}", write, forecast)


def tool_calls(most: int) -> Tried:
    """A run may make only so many tool calls before a person is asked."""

    def write(settings: Settings) -> None:
        standard = settings.policies_dir / "standard.yaml"
        rewritten(standard, r"\btool_calls_over: \d+", f"tool_calls_over: {most}")
        for manifest in settings.teams_dir.glob("*/team.yaml"):
            rewritten(manifest, r"\btool_calls_over: (\d+)", f"tool_calls_over: {most}")

    return Tried(f"a person after {most} tool calls", write, _standard)


def band(below: int) -> Tried:
    """An agent commits less than this alone."""

    def write(settings: Settings) -> None:
        money = settings.policies_dir / "money.yaml"
        rewritten(money, r'below: "1000"', f'below: "{below}"')

    return Tried(f"money band {below} EUR", write, _money)


def together(name: str, *several: Tried) -> Tried:
    """Several at once; forecast each by itself."""

    def write(settings: Settings) -> None:
        for one in several:
            one.write(settings)

    return replace(several[0], name=name, write=write)
