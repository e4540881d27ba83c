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
# What does the work cost, and does caching pay?
from datetime import UTC, datetime

import polars as pl
from IPython.display import Markdown

from muster.analysis import charts
from muster.analysis.cache_savings import cache_savings
from muster.analysis.picture import pictures
from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.models.governance import load_table
from muster.models.price_frame import token_prices
from muster.reports.assumptions.people import load_human_cost
from muster.reports.cost_answer import cost_markdown
from muster.services.database import database_url

settings = load_settings()
events = LedgerReader.of(settings, database_url(settings)).scan()
asked = events.filter(kind="model_call.settled").select(pl.col("subject").unique()).collect()["subject"]
prices = token_prices(load_table(settings.policies_dir / "models.yaml"), asked.drop_nulls())
savings = cache_savings(events, prices.lazy()).collect(engine="streaming")
drawn = pictures(events, human=load_human_cost(settings.assumptions_dir), now=datetime.now(UTC))
Markdown(cost_markdown(drawn, savings))

# %% [markdown]
# ## How
#
# All money of the ended tasks, to the micro-dollar: what models and tools were billed as the calls were
# settled, the agents' time at the list price of a processor, and people's time, recorded where it was and
# assumed for the rest. What the cache saved is what the same prompts would have cost without it, less what
# they cost with it, both at today's list price, so that the difference is the cache's alone. Writing to the
# cache costs more than plain input: where nobody reads what was written, caching loses.

# %%
most = max(drawn, key=lambda one: one.ended.height, default=None)
most and charts.money(most.costs)

# %%
savings.select(
    "model_source",
    "team",
    "agent",
    "model",
    "calls",
    "prompt_tokens",
    "read_share",
    "paid_usd",
    "uncached_usd",
    "saved_usd",
)
