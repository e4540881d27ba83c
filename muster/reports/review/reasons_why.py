"""Why a figure moved, in words whose numbers add up as they are printed."""

from typing import Any, Final

import polars as pl

from muster.analysis.figures import money, reason
from muster.analysis.review.drivers import in_steps

_SHOWN: Final = 5
_HEADS: Final = {"team": "by team", "reason": "by reason", "agent": "by agent", "cost": "by cost"}
_POINT: Final = 0.001
"""A tenth of a percentage point."""
_CENT: Final = 0.01


def why_lines(parts: pl.DataFrame) -> list[dict[str, Any]]:
    """Each way the change of one figure falls apart: `by`, `parts` with name and effect, and their `total`.

    Frame in: `Drivers` of one team and one figure. The numbers shown add up to the total shown.
    """
    lines = []
    for (by,), rows in parts.group_by("by", maintain_order=True):
        shares = rows["figure"][0] != "total_cost_usd"
        steps = in_steps(rows["effect"], _POINT if shares else _CENT)
        named = [(_named(str(by), name), step) for name, step in zip(rows["part"], steps, strict=True)]
        shown = [one for one in named if one[1]][:_SHOWN]
        rest = sum(steps) - sum(step for _, step in shown)
        if rest or not shown:
            shown.append(("others" if shown else "nothing", rest))
        lines.append(
            {
                "by": _HEADS[str(by)],
                "parts": [{"name": name, "effect": _signed(step, shares=shares)} for name, step in shown],
                "total": _signed(sum(steps), shares=shares) + (" points" if shares else ""),
            }
        )
    return lines


def _named(by: str, part: str) -> str:
    return reason(part) if by in ("reason", "agent") else part


def _signed(steps: int, *, shares: bool) -> str:
    sign = "+" if steps > 0 else "−" if steps < 0 else ""
    return f"{sign}{abs(steps) / 10:.1f}" if shares else f"{sign}{money(abs(steps) * _CENT)}"
