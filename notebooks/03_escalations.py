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
# Why do agents call people, and could they have done without?
from datetime import UTC, datetime

import polars as pl
from IPython.display import Markdown

from muster.analysis import charts
from muster.analysis.picture import pictures
from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.reports.assumptions.people import load_human_cost
from muster.reports.escalation_answer import escalation_clusters, escalation_markdown
from muster.services.database import database_url

settings = load_settings()
events = LedgerReader.of(settings, database_url(settings)).scan()
drawn = pictures(events, human=load_human_cost(settings.assumptions_dir), now=datetime.now(UTC))
answered = [(one, escalation_clusters(one, events)) for one in drawn]
Markdown(escalation_markdown(answered))

# %% [markdown]
# ## How
#
# Escalations are put into groups by team, agent, reason, the last tool the run had called and the rule that
# refused it. Whether agents could have handled one is known where a person answered it as not needed
# (`muster escalation answer --dismiss`), or where its outcome was held against a truth that says so. A truth
# that has the rule in it cannot say whether the rule is needed: such escalations are not judged by it. The
# interval is Wilson's; a group nobody has judged could be anything.

# %%
most, groups = max(answered, key=lambda one: one[0].ended.height, default=(None, None))
most and charts.reasons(most.of_team(most.reasons, None))

# %%
most and groups.with_columns(pl.col("examples").list.join(", "))
