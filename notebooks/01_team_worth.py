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
# Which team is worth its cost?
from dataclasses import replace

import polars as pl
from IPython.display import Markdown

from muster.analysis import charts
from muster.analysis.costs import cost_table
from muster.analysis.definitions import TOTAL_COST_COMPLETED
from muster.analysis.kpis import overview
from muster.analysis.worth import team_worth
from muster.core.settings import load_settings
from muster.reports.assumptions.people import load_human_cost
from muster.reports.frame_store import FrameStore
from muster.reports.team_worth import worth_markdown
from muster.services.database import database_url

settings = load_settings()
human = load_human_cost(settings.assumptions_dir)
tasks = FrameStore.of(settings, database_url(settings)).frames().tasks
worth = team_worth(tasks.lazy(), human).collect()
Markdown(worth_markdown(worth, human))

# %% [markdown]
# ## How
#
# Everything comes from the ledger, through the functions the dashboard and the weekly review use. The cost
# of a result is all money of a team's ended tasks (models, tools, and people's time for every escalation)
# over the tasks it completed: what did not work is paid for by what did. Its interval adds that of the
# machine's cost (Student's t) and that of how often a person is called (Wilson), so that a team which has
# not called anyone yet is not shown as if it never would.
#
# The tasks it rests on, by model source, team and end:

# %%
tasks.group_by("model_source", "team", "status").len("tasks").sort("model_source", "team", "status")

# %% [markdown]
# Real and rehearsal work are never mixed in a number. The charts show the source with the most ended tasks:

# %%
source = tasks["model_source"].mode().sort().first()
mine = tasks.filter(model_source=source)
charts.by_team(overview(mine.lazy(), human), TOTAL_COST_COMPLETED.id)

# %%
charts.money(cost_table(mine.lazy(), human, by_team=True).collect())

# %% [markdown]
# What if an escalation takes half as long, or twice? The break-even of each team, in minutes by hand, by the
# minutes assumed for an escalation:

# %%
minutes = [human.minutes_per_escalation * factor / 2 for factor in (1, 2, 4)]
even = "break_even_minutes"
pl.concat(
    team_worth(mine.lazy(), replace(human, minutes_per_escalation=each))
    .with_columns(pl.lit(f"{each} minutes").alias("assumed"))
    .collect()
    for each in minutes
).pivot(on="assumed", index="team", values=even).sort("team")
