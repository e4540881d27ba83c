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
# Which model should serve which role?
import polars as pl
from IPython.display import Markdown

from muster.analysis.model_choice import repriced, role_models
from muster.analysis.tasks import task_rows
from muster.core.settings import load_settings
from muster.ledger.reader import LedgerReader
from muster.models.governance import load_table
from muster.models.price_frame import token_prices
from muster.reports.model_choice import model_choice_markdown
from muster.services.database import database_url

settings = load_settings()
events = LedgerReader.of(settings, database_url(settings)).scan()
table = load_table(settings.policies_dir / "models.yaml")
asked = events.filter(kind="model_call.settled").select(pl.col("subject").unique()).collect()["subject"]
prices = token_prices(table, [*asked.drop_nulls(), *table.models])
roles = role_models(events, task_rows(events)).collect(engine="streaming")
prices_alone = repriced(events, prices.lazy()).collect(engine="streaming")
Markdown(model_choice_markdown(roles, prices_alone))

# %% [markdown]
# ## How
#
# The written decision is `data/policies/models.yaml`; this is what the record says for or against it. A
# model's results in a role are those of the ended tasks in which it was asked in that role and whose
# outcome was held against a truth. A cheaper model is *as good* when the 95 % interval of its difference to
# the best one (Newcombe's method, from both Wilson intervals) stays above minus five points, and *worse*
# when it stays below zero; all else cannot be told. The sample is not random: a fallback answers on bad
# days.

# %%
roles

# %% [markdown]
# The same recorded tokens on every model whose price is known. It says nothing about the answers:

# %%
prices_alone
