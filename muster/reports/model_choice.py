"""Which model should serve which role, in words."""

from typing import Any, Final

import polars as pl

from muster.analysis.figures import figure, interval, money, source_label
from muster.analysis.model_choice import MARGIN, MIN_SCORED

_ADVICE: Final = {
    "best": "has the highest share of right results so far",
    "as good and cheaper": f"is as good as the best to within {MARGIN:.0%} and cheaper: let it serve",
    "as good and dearer": f"is as good as the best to within {MARGIN:.0%}, and dearer",
    "worse": "gets fewer tasks right",
    "cannot tell": "may be as good or worse: its interval reaches both sides",
    "too few": f"has fewer than {MIN_SCORED} scored tasks: too few to judge",
}
_CAUTION: Final = (
    "Tasks were not given to models by chance (a fallback answers when the first model is away), so a "
    "verdict is evidence, not proof: settle it with an experiment before the table is changed."
)


def model_choice_markdown(roles: pl.DataFrame, repriced: pl.DataFrame) -> str:
    """The answer as Markdown: a sentence a model, and what the price alone says of those that did not serve.

    Frames in: `Role models` and `Repriced`; each model source gets a part of its own.
    """
    if roles.is_empty():
        return "No model was asked in a role for a task that has ended: there is nothing to compare."
    parts = []
    for (source,), rows in roles.group_by("model_source", maintain_order=True):
        parts.append(f"**{source_label(str(source))}**")
        for (role,), models in rows.group_by("role", maintain_order=True):
            prices = repriced.filter(model_source=source, role=role)
            parts.append(_role(str(role), list(models.iter_rows(named=True)), prices))
    return "\n\n".join([*parts, _CAUTION])


def _role(role: str, models: list[dict[str, Any]], prices: pl.DataFrame) -> str:
    lines = [f"- **{role}**: {_sentence(models[0])}."] if len(models) == 1 else [f"- **{role}**:"]
    if len(models) > 1:
        lines += [f"    - {row['model']} {_ADVICE[row['verdict']]} ({_results(row)})." for row in models]
    lines += [f"    - {text}" for text in _price_alone(models, prices)]
    return "\n".join(lines)


def _sentence(row: dict[str, Any]) -> str:
    return f"only {row['model']} has served it ({_results(row)}), so the record cannot compare"


def _results(row: dict[str, Any]) -> str:
    ends = interval(row["low"], row["high"], "share")
    right = f"{figure(row['right_share'], 'share')} right" + (f", {ends}" if ends else "")
    return f"{right}, n {row['scored']:,}; {money(row['usd_per_call'])} a call"


def _price_alone(models: list[dict[str, Any]], prices: pl.DataFrame) -> list[str]:
    """The cheapest model that has not served the role, by the price of the same tokens."""
    served = [row["model"] for row in models]
    cheaper = prices.filter(~pl.col("model").is_in(served), pl.col("change") < 0)
    if cheaper.is_empty():
        return []
    row = cheaper.row(0, named=True)
    return [
        f"by the price alone, the same tokens on {row['model']} would cost {money(float(row['usd']))} "
        f"({row['change']:+.0%}); whether its answers hold is not in the record."
    ]
