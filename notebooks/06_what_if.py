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
# What if agents asked a person sooner, and committed less money alone?
import polars as pl
from IPython.display import Markdown

from muster.analysis.period import Period
from muster.core.settings import load_settings
from muster.gateway.registration import load_registration
from muster.ledger.reader import LedgerReader
from muster.reports.assumptions.people import load_human_cost
from muster.reports.whatif_table import as_markdown
from muster.services.database import database_url
from muster.whatif.past import read_past
from muster.whatif.question import Question, asked

settings = load_settings()
human = load_human_cost(settings.assumptions_dir)
reader = LedgerReader.of(settings, database_url(settings))
past = read_past(reader, load_registration(settings.tools_registration), Period())
question = Question(confidence_below=0.94, commit_below="500")
forecasts = asked(past, question, settings, human)
Markdown(as_markdown(forecasts))

# %% [markdown]
# ## How
#
# Nothing is guessed from averages: every recorded decision is made again, in order, by the code that makes
# it at work. The gateway's chain of rules gets the recorded arguments, origins, grants and phases with
# another `money.yaml`; the watch that stops runs is shown the recorded calls under another standard. Under
# what was in force then it must say what it said then: how many decisions do is printed with every answer,
# and the others are left out. What only another world could tell (a person's word, another model's answer) is
# named, not estimated. The tasks behind the answer:

# %%
shown = ("task_id", "team", "was", "would_be", "why", "minutes", "committed", "truth")
pl.concat(forecast.affected.select("model_source", *shown) for forecast in forecasts)

# %% [markdown]
# By team, real and rehearsal work apart:

# %%
figures = ("n", "affected", "share", "low", "high", "minutes", "committed", "scored_right", "scored_wrong")
pl.concat(
    forecast.totals.select(pl.lit(forecast.change).alias("what if"), "model_source", "team", *figures)
    for forecast in forecasts
)

# %% [markdown]
# Where should the threshold be? At each one: tasks that would have changed, and how many of them had been
# scored wrong, which is what asking a person is for.

# %%
thresholds = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96)
company = ("model_source", "affected", "minutes", "scored_right", "scored_wrong", "errors_less")
pl.concat(
    asked(past, Question(confidence_below=least), settings, human)[0]
    .totals.filter(pl.col("team").is_null())
    .select(pl.lit(least).alias("threshold"), *company)
    for least in thresholds
)

# %% [markdown]
# And the money an agent commits alone to one payee in a day:

# %%
bands = ("100", "300", "500", "1000", "2000", "5000")
pl.concat(
    asked(past, Question(commit_below=below), settings, human)[0]
    .totals.filter(pl.col("team").is_null())
    .select(pl.lit(below).alias("below"), "model_source", "affected", "minutes", "committed", "errors_less")
    for below in bands
)
