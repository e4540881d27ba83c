"""Check forecasts against what happens: `python -m tests.backtest`.

The demo company's day is worked in rehearsal. From its record alone each changed setting is forecast; then
the same day is really worked under it, and the two are put side by side. Once more it is worked with nothing
changed: what differs then is chance, not the setting. Exit code 1 when a forecast misses by more than that.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from muster.core.settings import Settings
from muster.whatif.forecast import Forecast
from tests.backtest.changes import HUMAN, Tried, band, threshold, tool_calls
from tests.backtest.compare import Agreement, Ends, Line, agreement, ends_of, forecast_ends, lines
from tests.backtest.day import SEED, Worked, unchanged, worked_day
from tests.backtest.record import record_of

CHANGES = (threshold(0.94), threshold(0.60), tool_calls(4), band(300))
_SHOWN = 10


@dataclass(frozen=True)
class Result:
    """One change, forecast and worked."""

    name: str
    forecasts: Sequence[Forecast]
    lines: Sequence[Line]
    agreement: Agreement
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    chosen = _parser().parse_args(arguments)
    for name in [name for name in os.environ if name.startswith(("MUSTER_", "ANTHROPIC_"))]:
        del os.environ[name]
    folder = chosen.folder or Path(tempfile.mkdtemp(prefix="backtest-"))
    _say(f"seed {chosen.seed}; all of it is kept in {folder}\n")
    before = _worked(folder / "before", None, chosen)
    results = [backtest(before, None, folder / "again", chosen)] if not chosen.no_chance else []
    for number, tried in enumerate(CHANGES, start=1):
        results.append(backtest(before, tried, folder / f"changed-{number}", chosen))
        _say(f"  {tried.name}: {results[-1].seconds:.0f} s\n")
    for result in results:
        sys.stdout.write(table(result))
    chance = len(results[0].agreement.otherwise) if not chosen.no_chance else 0
    return 1 if any(len(one.agreement.otherwise) > max(chance, 1) for one in results) else 0


def backtest(before: Worked, tried: Tried | None, folder: Path, chosen: argparse.Namespace) -> Result:
    """Forecast the change from the day before it, and work the day under it; without one only work it."""
    worked = _worked(folder, tried, chosen)
    forecasts, then, forecast = forecast_of(before, [] if tried is None else [tried], worked.settings)
    happened = happened_in(worked)
    return Result(
        "nothing changed" if tried is None else tried.name,
        forecasts,
        lines(then, forecast, happened, HUMAN),
        agreement(then, forecast, happened),
        worked.seconds,
    )


def forecast_of(
    before: Worked, tried: Sequence[Tried], changed: Settings
) -> tuple[list[Forecast], Ends, Ends]:
    """The forecasts, the ends before the changes, and those that are forecast."""
    with record_of(before.settings) as (past, policy):
        forecasts = [one.forecast(past, changed, policy) for one in tried]
        then = ends_of(past, policy)
        return forecasts, then, forecast_ends(past, then, forecasts)


def happened_in(worked: Worked) -> Ends:
    """The ends of a day that was worked."""
    with record_of(worked.settings) as (past, policy):
        return ends_of(past, policy)


def table(result: Result) -> str:
    """The result in a terminal's words."""
    said = [
        f"\n{result.name}\n",
        f"  {'':<22}{'before':>12}{'forecast':>12}{'happened':>12}{'difference':>12}\n",
    ]
    for line in result.lines:
        figures = "".join(
            f"{figure:>12,.2f}" if "EUR" in line.what else f"{figure:>12,.0f}"
            for figure in (line.before, line.forecast, line.happened, line.difference)
        )
        said.append(f"  {line.what:<22}{figures}\n")
    agreed = result.agreement
    said.append(
        f"  {agreed.as_forecast} of {agreed.messages} messages ended as forecast; of "
        f"{agreed.forecast_to_change} forecast to end otherwise {agreed.changed_as_forecast} did\n"
    )
    said += [
        f"  {forecast.reproduced} of {forecast.decisions} recorded decisions reproduced\n"
        for forecast in result.forecasts
    ]
    said += [
        f"    {source} {name}: was {was}, forecast {forecast_end}, happened {end}\n"
        for (source, name), was, forecast_end, end in agreed.otherwise[:_SHOWN]
    ]
    return "".join(said)


def _worked(folder: Path, tried: Tried | None, chosen: argparse.Namespace) -> Worked:
    change = unchanged if tried is None else tried.write
    return asyncio.run(worked_day(folder, change, messages=chosen.messages, seed=chosen.seed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.backtest", description=__doc__)
    parser.add_argument("--messages", type=int, help="so many of the day's messages; all 278")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--folder", type=Path, help="where the days are kept; a temporary one")
    parser.add_argument("--no-chance", action="store_true", help="do not work the unchanged day twice")
    return parser


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
