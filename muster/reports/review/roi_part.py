"""The monthly edition on return and payback: every team's return as distributions, or why there is none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from muster.analysis.roi.returns import SOON_MONTHS, Return, returns
from muster.analysis.roi.yardsticks import SOURCE, YARDSTICKS
from muster.core.canonical import Json
from muster.reports.assumptions.problems import AssumptionsFileError
from muster.reports.roi import all_cases
from muster.reports.roi_words import amount, completion, label, middle, plain_return, span, verdict, yardstick

_HEADLINES: Final = ("roi", "payback")
"""What is compared with published expectations."""


@dataclass(frozen=True, slots=True)
class RoiPart:
    """The returns of all teams, as the page on return and payback has them."""

    found: tuple[Return, ...]
    untold: tuple[str, ...]
    """Why the others have none, a sentence each."""

    def of(self, model_source: str, *, first: bool) -> tuple[Return, ...]:
        """Those that rest on this model source; with the first one those that rest on assumptions alone."""
        wanted = {model_source, None} if first else {model_source}
        return tuple(one for one in self.found if one.case.model_source in wanted)


def roi_part(tasks: pl.DataFrame, folder: Path) -> RoiPart:
    """The return of every team with a file of assumptions, from all that the record has of it.

    A file that cannot be used is said in the review, and costs no review.

    Frame in: `Tasks`.

    Raises:
        FrameError: the frame is not a task frame.
    """
    try:
        cases = all_cases(tasks.lazy(), folder)
    except AssumptionsFileError as error:
        return RoiPart((), (f"The assumptions cannot be used: {error}",))
    untold = [f"{error}." for error in cases.refused]
    untold += [f"{team} has no file of assumptions." for team in cases.without_file]
    return RoiPart(tuple(returns(case) for case in cases.cases), tuple(untold))


def roi_text(part: RoiPart, model_source: str, *, first: bool) -> dict[str, Any]:
    """The part as texts ready to be set on a page."""
    mine = part.of(model_source, first=first)
    return {
        "teams": [_team(one) for one in mine],
        "untold": list(part.untold) if first else [],
        "yardsticks": [yardstick(one) for one in YARDSTICKS if one.measure in _HEADLINES],
        "source": SOURCE,
        "soon": f"{SOON_MONTHS} months",
    }


def roi_plain(part: RoiPart, model_source: str, *, first: bool) -> list[Json]:
    """The same as plain values."""
    return [plain_return(one) for one in part.of(model_source, first=first)]


def _team(one: Return) -> dict[str, str]:
    measured = {name: f"{middle(one, name)}" for name in ("npv", "roi", "payback", "break_even_completion")}
    spans = {f"{name}_span": span(one, name) for name in measured}
    chances = {name: amount(one.chance(name), "share") for name in ("payback_in_12_months", "never")}
    return {
        "team": one.case.team,
        "label": label(one.case.model_source) if one.case.model_source is None else "",
        "verdict": verdict(one),
        "completion": completion(one),
        **measured,
        **spans,
        **chances,
    }
