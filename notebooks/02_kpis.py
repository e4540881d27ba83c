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
# How are the agents doing?
from datetime import UTC, datetime

from IPython.display import Markdown

from muster.analysis import charts
from muster.analysis.definitions import COMPLETION_RATE
from muster.analysis.picture import pictures
from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.reports.assumptions.people import load_human_cost
from muster.reports.kpi_answer import every_kpi, kpi_markdown
from muster.services.database import database_url

settings = load_settings()
events = LedgerReader.of(settings, database_url(settings)).scan()
drawn = pictures(events, human=load_human_cost(settings.assumptions_dir), now=datetime.now(UTC))
Markdown(kpi_markdown(drawn))

# %% [markdown]
# ## How
#
# Everything comes from the ledger, through the definitions of `docs/reference/kpis.md`: each figure stands
# with its 95 % interval and the number of tasks it rests on, and is *too few* below the n its definition
# states. A target is called met or missed only when the whole interval says so. Real and rehearsal work are
# never mixed.
#
# Every KPI of the whole company, for the source with the most ended tasks:

# %%
most = max(drawn, key=lambda one: one.ended.height, default=None)
most and every_kpi(most)

# %%
most and charts.by_team(most.table, COMPLETION_RATE.id)

# %%
most and charts.trend(most.trend(COMPLETION_RATE.id)[1], COMPLETION_RATE.id)
