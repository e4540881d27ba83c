"""Another rate or another number of minutes: what the same calls on people would have cost."""

from decimal import Decimal

import polars as pl

from muster.analysis.human import HumanCost, with_human_cost
from muster.core.money import usd
from muster.whatif.forecast import Changed, Forecast, affected_tasks
from muster.whatif.past import Past


def under_people(past: Past, then: HumanCost, now: HumanCost) -> Forecast:
    """People cost something else, or take longer or shorter for a call on them."""
    before, after = (with_human_cost(past.tasks.lazy(), human).collect() for human in (then, now))
    told = ["human_minutes", "human_cost_usd"]
    both = before.select("task_id", *told).join(after.select("task_id", *told), on="task_id", suffix="_now")
    rows = both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_now") for name in told))
    words = {
        "usd_per_hour": "USD an hour",
        "minutes_per_escalation": "minutes an escalation",
        "minutes_per_approval": "minutes an approval",
    }
    why = ", ".join(
        f"{getattr(now, name):f} {unit} instead of {getattr(then, name):f}"
        for name, unit in words.items()
        if getattr(now, name) != getattr(then, name)
    )
    changes = [
        Changed(
            task_id=row["task_id"],
            agent=None,
            would_be="the same calls on people at another cost",
            why=why,
            known=True,
            minutes=row["human_minutes_now"] - row["human_minutes"],
            people_usd=usd(Decimal(row["human_cost_usd_now"]) - Decimal(row["human_cost_usd"])),
            errors=0,
        )
        for row in rows.iter_rows(named=True)
    ]
    return Forecast(
        change=f"people: {now.label}",
        tasks=past.tasks,
        affected=affected_tasks(past, changes, now),
        decisions=past.tasks.height,
        reproduced=past.tasks.height,
        unknown=(
            "Minutes that were recorded stay as they are; only assumed ones change.",
            "Whether people who are paid otherwise, or given less time, would have decided the same is not "
            "known.",
        ),
    )
