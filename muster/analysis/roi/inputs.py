"""The seventeen figures a team's return hangs on: what each is, its unit, and what is believed about it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias
from zlib import crc32

import numpy as np

from muster.analysis.roi.spreads import Draws, Spread

Basis: TypeAlias = Literal["ledger", "assumption"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What is believed about one input, and why."""

    spread: Spread
    basis: Basis
    source: str
    """Where it comes from, in words; shown beside it."""
    n: int | None = None
    """Tasks, calls or outcomes counted; null for an assumption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One array of draws per input, all of one length; the field's name is the input's."""

    volume: Draws
    minutes_by_hand: Draws
    loaded_rate: Draws
    capture_share: Draws
    build_cost: Draws
    run_cost: Draws
    ramp: Draws
    discount_rate: Draws
    completion_rate: Draws
    error_rate: Draws
    error_cost: Draws
    answered_calls: Draws
    approvals: Draws
    minutes_per_escalation: Draws
    minutes_per_approval: Draws
    minutes_per_rework: Draws
    machine_cost: Draws


@dataclass(frozen=True, slots=True)
class Input:
    """One input in words."""

    label: str
    unit: str
    meaning: str


INPUTS: Final[dict[str, Input]] = {
    "volume": Input("volume", "tasks/month", "tasks that arrive for the team, once all of them go to it"),
    "minutes_by_hand": Input(
        "minutes by hand", "minutes/task", "what a person takes for one task without agents"
    ),
    "loaded_rate": Input("loaded rate", "usd/hour", "an hour of a person: pay, tax, desk"),
    "capture_share": Input("capture share", "share", "of freed time, what turns into money"),
    "build_cost": Input("build cost", "usd", "spent before the first task"),
    "run_cost": Input("run cost", "usd/month", "licences, hosting, the owner's hours; whatever the volume"),
    "ramp": Input("ramp", "months", "until all of the volume goes to the team, growing in a straight line"),
    "discount_rate": Input("discount rate", "share/year", "what a dollar in a year is worth less"),
    "completion_rate": Input("completion rate", "share", "of tasks, those the team brings to a result"),
    "error_rate": Input("error rate", "share", "of results, those that turn out wrong or are reopened"),
    "error_cost": Input("error cost", "usd/error", "what a wrong result costs beyond the time to undo it"),
    "answered_calls": Input("answered calls", "calls/task", "calls on a person after which the team goes on"),
    "approvals": Input("approvals", "approvals/task", "held calls a person decides about"),
    "minutes_per_escalation": Input(
        "minutes per escalation", "minutes/escalation", "of a person, for one call"
    ),
    "minutes_per_approval": Input(
        "minutes per approval", "minutes/approval", "of a person, for one decision"
    ),
    "minutes_per_rework": Input(
        "minutes per rework", "minutes/error", "of a person, to find and undo one error"
    ),
    "machine_cost": Input("machine cost", "usd/task", "models, tools and compute for one task"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is believed about one team's work with one model source."""

    team: str
    model_source: str | None
    """None where nothing comes from the ledger."""
    horizon_months: int
    quantities: Mapping[str, Quantity]
    """By the input's name; each of `INPUTS` once."""
    notes: tuple[str, ...] = ()
    """What a reader should know before believing it, as sentences."""

    def sample(self, draws: int, seed: int) -> Sample:
        """`draws` values of every input, independent of one another.

        Each input has a stream of its own: another belief about one leaves the draws of all others as they
        were.
        """
        drawn = {name: self.quantities[name].spread.draw(_stream(seed, name), draws) for name in names()}
        return Sample(**drawn)


def names() -> list[str]:
    """The names of all inputs, in order."""
    return [field.name for field in fields(Sample)]


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, crc32(name.encode())])
