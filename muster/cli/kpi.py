"""`muster kpi`: completion, escalation, time and cost, by team."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from muster.cli.output import print_json
from muster.core.errors import CallerError

app = typer.Typer(help="Completion, escalation, time and cost, by team.")

_AGO = re.compile(r"(\d{1,4})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


class SinceError(CallerError):
    """A moment is written in no form that is known."""


@app.command()
def kpi(
    team: Annotated[str | None, typer.Option(help="One team; all.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Tasks that ended since: 24h, 7d, 2w, a date or an RFC 3339 time; all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the KPIs, the escalations with their reasons, and the cost; real and rehearsal work apart."""
    now = datetime.now(UTC)
    start = None if since is None else moment(since, now)

    from rich.console import Console

    from muster.analysis.human import HumanCost
    from muster.analysis.period import Period
    from muster.analysis.picture import pictures
    from muster.core.settings import load_settings
    from muster.reports.frame_store import FrameStore
    from muster.reports.kpi_table import WIDTH, print_numbers
    from muster.reports.plain import plain
    from muster.services.database import database_url

    settings = load_settings()
    frames = FrameStore.of(settings, database_url(settings)).frames()
    drawn = pictures(frames, human=HumanCost(), now=now, period=Period(since=start), team=team)
    if as_json:
        print_json([plain(one) for one in drawn])
        return
    console = Console(highlight=False)
    print_numbers(console if console.width >= WIDTH else Console(highlight=False, width=WIDTH), drawn)


def moment(text: str, now: datetime) -> datetime:
    """The moment `text` names: `24h`, `7d` or `2w` ago, a date, or an RFC 3339 time; UTC unless it says so.

    Raises:
        SinceError: it names none.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SinceError(
            f"{text!r} is not a moment",
            where="--since",
            do="write 24h, 7d, 2w, 2026-11-20 or 2026-11-20T08:00Z",
        ) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
