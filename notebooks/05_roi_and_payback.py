# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: muster
#     language: python
#     name: python3
# ---

# %%
# When is each team paid back, and what does that hang on?
from dataclasses import replace

import polars as pl
from IPython.display import Markdown

from muster.analysis.roi import charts
from muster.analysis.roi.case import case_of
from muster.analysis.roi.returns import returns
from muster.analysis.roi.spreads import Point
from muster.analysis.roi.yardsticks import YARDSTICKS
from muster.core.settings import load_settings
from muster.reports.assumptions.load import load_company, load_team
from muster.reports.frame_store import FrameStore
from muster.reports.roi import all_cases
from muster.reports.roi_words import roi_markdown
from muster.services.database import database_url

settings = load_settings()
tasks = FrameStore.of(settings, database_url(settings)).frames().tasks
found = all_cases(tasks.lazy(), settings.assumptions_dir)
drawn = [returns(case) for case in found.cases]
Markdown(roi_markdown(drawn))

# %% [markdown]
# ## How
#
# What the ledger has counted (completion, errors, calls on people, machine cost) enters with the uncertainty
# its n leaves; the rest is what `data/assumptions/` states, each figure with its source. Ten thousand draws
# of all of it go through the same arithmetic (docs/concepts/roi.md). Real and rehearsal work are separate
# returns, never one.
#
# What the ledger knows of it:

# %%
_ = pl.Config.set_fmt_str_lengths(80), pl.Config.set_tbl_rows(40)
pl.concat(
    ret.inputs.select(
        pl.lit(ret.case.team).alias("team"),
        pl.lit(ret.case.model_source).alias("answered by"),
        "label",
        "unit",
        "p5",
        "p50",
        "p95",
        "basis",
        "source",
    )
    for ret in drawn
).filter(basis="ledger").drop("basis")

# %% [markdown]
# The team whose payback within a year is least certain, and why:

# %%
closest = min(drawn, key=lambda ret: abs(ret.chance("payback_in_12_months") - 0.5))
Markdown(f"**{closest.case.team}** ({closest.case.model_source or 'assumptions alone'})")

# %%
charts.payback_chart(closest.payback)

# %%
charts.tornado_chart(closest.drivers)

# %% [markdown]
# ## The gross saving, and what is left of it
#
# The often-quoted arithmetic (500,000 a year of support, 80 % handled alone, 100,000 left, 400,000 saved) is
# gross. `data/assumptions/examples/headless-support.yaml` reproduces it:

# %%
company = load_company(settings.assumptions_dir)
example = settings.assumptions_dir / "examples" / "headless-support.yaml"
guide = returns(case_of(load_team(example, company), None))
guide.figures.filter(pl.col("unit") != "months").select("measure", "unit", "p50")

# %% [markdown]
# The same team with what the arithmetic leaves out, one thing after the other (invented figures):

# %%
left_out = {
    "half of the freed time turns into money": {"capture_share": 0.5},
    "12 minutes of a person for each task not completed": {"minutes_per_escalation": 12.0},
    "3 % of results are wrong, 20 dollars each": {"error_rate": 0.03, "error_cost": 20.0},
    "0.30 dollars of machines a task": {"machine_cost": 0.30},
    "4,000 dollars a month to run, 150,000 to build": {"run_cost": 4_000.0, "build_cost": 150_000.0},
}
rows, case = [], guide.case
for words, changed in left_out.items():
    points = {name: replace(case.quantities[name], spread=Point(value)) for name, value in changed.items()}
    case = replace(case, quantities={**case.quantities, **points})
    ret = returns(case, draws=1)
    left = ret.bridge.filter(part="what is left")["mean"].item()
    rows.append({"with": words, "left a year": left, "payback in months": ret.figure("payback")["p50"]})
pl.DataFrame(rows)

# %% [markdown]
# Published figures stand beside ours as expectations, never as facts about this company:

# %%
pl.DataFrame(
    [(one.measure, one.scope, one.low, one.high, one.unit, one.source) for one in YARDSTICKS],
    schema=["measure", "scope", "low", "high", "unit", "source"],
    orient="row",
)
