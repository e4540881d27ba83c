"""What drives a return: each input moved alone, everything else at its median."""

from dataclasses import fields

import numpy as np
import polars as pl

from muster.analysis.roi.cashflow import cash
from muster.analysis.roi.frames import DRIVERS
from muster.analysis.roi.inputs import INPUTS, Sample

_LOW, _HIGH = 0.1, 0.9


def drivers(sample: Sample, horizon_months: int) -> pl.DataFrame:
    """The tornado: the NPV with each input at its 10th and at its 90th percentile, the others at the median.

    Frame out: `Drivers`; inputs that are certain are left out. One input is moved at a time, so effects of
    two together do not show; the draws of the return itself do hold them.
    """
    quantiles = {
        field.name: np.quantile(getattr(sample, field.name), (_LOW, 0.5, _HIGH)) for field in fields(Sample)
    }
    moved = [name for name, (low, _, high) in quantiles.items() if high > low]
    rows = 2 * len(moved) + 1
    settings = {name: np.full(rows, middle) for name, (_, middle, _) in quantiles.items()}
    for place, name in enumerate(moved):
        settings[name][2 * place], settings[name][2 * place + 1] = quantiles[name][0], quantiles[name][2]
    npv = cash(Sample(**settings), horizon_months).npv
    found = [
        {
            "input": name,
            "label": INPUTS[name].label,
            "unit": INPUTS[name].unit,
            "low": float(quantiles[name][0]),
            "high": float(quantiles[name][2]),
            "npv_at_median": float(npv[-1]),
            "npv_at_low": float(npv[2 * place]),
            "npv_at_high": float(npv[2 * place + 1]),
            "swing": float(abs(npv[2 * place + 1] - npv[2 * place])),
        }
        for place, name in enumerate(moved)
    ]
    return pl.DataFrame(found, schema=DRIVERS.schema, orient="row").sort(
        "swing", descending=True, maintain_order=True
    )
