"""Acts made ready for the one function all writing goes through."""

from typing import Any

import orjson

from muster.ledger.events import BudgetDraw

Act = dict[str, Any]
"""One thing to write: `op` (append, intend or settle), the event's columns, and `budgets` it draws on."""


def batch(acts: list[Act]) -> str:
    """`acts` as `ledger.write` takes them: every budget once, in the order everybody locks them in."""
    keys = sorted({(draw.scope, draw.period) for act in acts for draw in _drawn(act)})
    places = {key: place for place, key in enumerate(keys, start=1)}
    return orjson.dumps(
        {
            "acts": [
                {
                    **act,
                    "budgets": None,
                    "slots": [places[draw.scope, draw.period] for draw in _drawn(act)],
                    "limits": [(draw.limit_usd, draw.limit_calls) for draw in _drawn(act)],
                }
                for act in acts
            ],
            "budgets": [{"scope": scope, "period": period} for scope, period in keys],
        }
    ).decode()


def _drawn(act: Act) -> tuple[BudgetDraw, ...]:
    drawn: tuple[BudgetDraw, ...] = act.get("budgets", ())
    return drawn


def draws(act: Act) -> str:
    """The budgets of an intent that is written alone."""
    return orjson.dumps([draw.model_dump() for draw in act["budgets"]]).decode()
