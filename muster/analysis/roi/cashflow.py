"""The arithmetic: money by month, what it is worth today, when it is earned back. Arrays in, arrays out.

Everything is measured against doing all the work by hand. A result that holds frees a person's time; a task
the team does not bring to a result is done by hand as before, and costs the call on top; so does a wrong
result, which also has to be undone. People's time is a cost at its full rate, while freed time counts only
for the share that turns into money.
"""

from dataclasses import dataclass

import numpy as np

from muster.analysis.roi.inputs import Sample
from muster.analysis.roi.spreads import Draws


@dataclass(frozen=True, slots=True)
class Margin:
    """US dollars one task brings and takes, per draw."""

    freed: Draws
    """People's time freed that turns into money."""
    attention: Draws
    """People's time for escalations and approvals."""
    rework: Draws
    """Undoing wrong results, and what they cost besides."""
    machine: Draws
    """Models, tools, compute."""

    @property
    def cost(self) -> Draws:
        return self.attention + self.rework + self.machine

    @property
    def net(self) -> Draws:
        return self.freed - self.cost


@dataclass(frozen=True, slots=True)
class Cash:
    """The money of every draw; months run from 0 (building) to the horizon."""

    monthly: Draws
    """US dollars, draws x months."""
    npv: Draws
    """US dollars, worth at month 0."""
    roi: Draws
    """NPV over the worth at month 0 of all that is spent; NaN where nothing is."""
    payback: Draws
    """Months until what was spent is earned back; infinite where the horizon does not see it."""

    @property
    def cumulative(self) -> Draws:
        """US dollars earned less spent up to each month."""
        return np.cumsum(self.monthly, axis=1)


def margin(sample: Sample) -> Margin:
    """What one task brings and takes, at the volume's full stretch."""
    minute = sample.loaded_rate / 60
    completed, wrong = sample.completion_rate, sample.error_rate
    escalations = 1 - completed + sample.answered_calls
    undoing = sample.minutes_per_rework * minute + sample.error_cost
    attention = escalations * sample.minutes_per_escalation + sample.approvals * sample.minutes_per_approval
    return Margin(
        freed=sample.capture_share * completed * (1 - wrong) * sample.minutes_by_hand * minute,
        attention=attention * minute,
        rework=completed * wrong * undoing,
        machine=sample.machine_cost,
    )


def cash(sample: Sample, horizon_months: int) -> Cash:
    """Money of every draw over the horizon."""
    one = margin(sample)
    share, worth = _ramp(sample, horizon_months), _worth(sample, horizon_months)
    monthly = np.empty((share.shape[0], horizon_months + 1))
    monthly[:, 0] = -sample.build_cost
    monthly[:, 1:] = share * (sample.volume * one.net)[:, None] - sample.run_cost[:, None]
    tasks, months = (share * worth).sum(axis=1) * sample.volume, worth.sum(axis=1)
    spent = tasks * one.cost + months * sample.run_cost + sample.build_cost
    npv = tasks * one.freed - spent
    roi = np.divide(npv, spent, out=np.full_like(npv, np.nan), where=spent > 0)
    return Cash(monthly, npv, roi, _payback(monthly))


def break_even_completion(sample: Sample, horizon_months: int) -> Draws:
    """The completion rate at which the NPV is zero, by draw; 0 where any rate pays, infinite where none.

    The NPV is a straight line in the completion rate (a task more completed is a call on a person less), so
    the root is exact.
    """
    minute = sample.loaded_rate / 60
    wrong = sample.error_rate
    gained = sample.capture_share * (1 - wrong) * sample.minutes_by_hand * minute
    undoing = wrong * (sample.minutes_per_rework * minute + sample.error_cost)
    slope = gained + sample.minutes_per_escalation * minute - undoing
    tasks = (_ramp(sample, horizon_months) * _worth(sample, horizon_months)).sum(axis=1) * sample.volume
    per_rate = tasks * slope
    npv = cash(sample, horizon_months).npv
    root = np.full_like(npv, np.inf)
    rises = per_rate > 0
    with np.errstate(over="ignore"):  # next to no volume: no rate breaks even, which is what infinity says
        root[rises] = sample.completion_rate[rises] - npv[rises] / per_rate[rises]
    root[~rises & (npv >= 0)] = 0.0
    return np.where(root > 1, np.inf, np.maximum(root, 0.0))


def _ramp(sample: Sample, horizon_months: int) -> Draws:
    """Share of the volume that goes to the team in each month, draws x months."""
    months = np.arange(1, horizon_months + 1)
    return np.minimum(1.0, months / np.maximum(sample.ramp, 1e-9)[:, None])


def _worth(sample: Sample, horizon_months: int) -> Draws:
    """What a dollar at the end of each month is worth at month 0, draws x months."""
    months = np.arange(1, horizon_months + 1)
    monthly = np.log1p(sample.discount_rate) / 12
    return np.exp(-monthly[:, None] * months)


def _payback(monthly: Draws) -> Draws:
    """The moment a month's earnings bring the sum to zero, within the month in a straight line."""
    total = np.cumsum(monthly, axis=1)
    reached = (total[:, 1:] >= 0) & (monthly[:, 1:] > 0)
    first = reached.argmax(axis=1) + 1
    rows = np.arange(len(monthly))
    before, earned = total[rows, first - 1], monthly[rows, first]
    part = np.divide(-before, earned, out=np.zeros_like(before), where=earned > 0)
    months = first - 1 + np.clip(part, 0.0, 1.0)
    return np.where(reached.any(axis=1), months, np.inf)
