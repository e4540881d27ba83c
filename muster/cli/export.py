"""`muster export`: the record in the forms other systems read."""

from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.output import print_json
from muster.core.moments import moment

if TYPE_CHECKING:
    from muster.exports.cost_rows import CostExport

app = typer.Typer(no_args_is_help=True, help="Costs as FOCUS rows, tasks as OpenTelemetry traces.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Since = Annotated[
    str | None, typer.Option(help="From: 24h, 7d, 2w ago, a date or an RFC 3339 time; the beginning.")
]
Until = Annotated[str | None, typer.Option(help="Up to and without: as --since; now.")]


class FileFormat(StrEnum):
    """How a file of cost rows is written."""

    CSV = "csv"
    PARQUET = "parquet"


@app.callback()
def _export() -> None:
    """Costs as FOCUS rows, tasks as OpenTelemetry traces."""


@app.command()
def focus(
    out: Annotated[Path, typer.Option(help="The file to write.")],
    since: Since = None,
    until: Until = None,
    file_format: Annotated[FileFormat, typer.Option("--format", help="csv or parquet.")] = FileFormat.CSV,
    rehearsal: Annotated[
        bool, typer.Option("--rehearsal", help="The rehearsal's costs, which nobody bills, and no others.")
    ] = False,
    people: Annotated[
        bool, typer.Option("--people", help="Add people's time, in rows that bill nothing.")
    ] = False,
    account: Annotated[str | None, typer.Option(help="BillingAccountId; the ledger's origin.")] = None,
    provider: Annotated[str, typer.Option(help="Who bills the calls of real models.")] = "Anthropic",
    as_json: AsJson = False,
) -> None:
    """Write what was spent as FOCUS 1.3 rows, joined to what became of the tasks."""
    from muster.analysis.focus import Billing
    from muster.analysis.period import Period
    from muster.core.settings import load_settings
    from muster.exports.cost_rows import SETTLED, CostQuestion, check, export_costs, plain
    from muster.ledger.reader import LedgerReader
    from muster.models.governance import load_table
    from muster.models.price_frame import token_prices
    from muster.reports.assumptions.people import load_human_cost
    from muster.reports.frame_store import FrameStore
    from muster.services.database import database_url

    now = datetime.now(UTC)
    period = Period(
        since=None if since is None else moment(since, now),
        until=now if until is None else moment(until, now, where="--until"),
    )
    check(period, out)
    settings = load_settings()
    question = CostQuestion(
        period=period,
        billing=Billing(account=account or settings.ledger_origin, provider=provider),
        now=now,
        rehearsal=rehearsal,
        people=load_human_cost(settings.assumptions_dir) if people else None,
    )
    table = load_table(settings.policies_dir / "models.yaml")
    url = database_url(settings)
    settled = LedgerReader.of(settings, url).scan(SETTLED, period.since, period.until)
    tasks = FrameStore.of(settings, url).frames().tasks.lazy()
    written = export_costs(
        settled, tasks, lambda models: token_prices(table, models), question, out, file_format.value
    )
    if as_json:
        print_json(plain(written))
    else:
        _tell(written, rehearsal=rehearsal)


def _tell(written: "CostExport", *, rehearsal: bool) -> None:
    typer.echo(f"{written.rows} rows, {written.recorded_usd} USD recorded, {written.billed_usd} USD billed")
    if written.people_usd:
        typer.echo(f"people's time: {written.people_usd} USD, billed by nobody (x_PeopleCost)")
    if written.left_out_calls:
        others = "real work" if rehearsal else "rehearsal; --rehearsal gives it a file of its own"
        typer.echo(f"left out: {written.left_out_calls} calls, {written.left_out_usd} USD ({others})")
    typer.echo(f"written to {written.path}")


@app.command()
def otel(
    endpoint: Annotated[
        str,
        typer.Option(
            envvar="OTEL_EXPORTER_OTLP_ENDPOINT", help="The collector's address for OTLP over HTTP."
        ),
    ],
    since: Since = None,
    until: Until = None,
    task: Annotated[list[str] | None, typer.Option(help="A task, as it is now; may be repeated.")] = None,
    after: Annotated[
        int | None, typer.Option(min=0, help="Go on after this place in the ledger's order.")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, or NAME=env:VARIABLE for a secret; may be repeated."),
    ] = None,
    content: Annotated[
        bool, typer.Option("--content", help="Also what was said: titles, arguments, results, answers.")
    ] = False,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Tasks in one request.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Send tasks as OpenTelemetry traces; without a period or task, those this collector has not yet."""
    from muster.analysis.period import Period
    from muster.core.settings import load_settings
    from muster.exports.collector import Collector, headers_from
    from muster.exports.cursor import CursorFile
    from muster.exports.errors import ExportRequestError
    from muster.exports.traces import TraceExport
    from muster.ledger.reader import LedgerReader
    from muster.services.database import database_url

    chosen = [name for name, value in (("--since", since), ("--until", until), ("--after", after)) if value]
    if task and chosen:
        raise ExportRequestError(
            f"--task and {chosen[0]} do not go together", where="muster export otel", do="give one of the two"
        )
    now = datetime.now(UTC)
    period = Period(
        since=None if since is None else moment(since, now),
        until=None if until is None else moment(until, now, where="--until"),
    )
    settings = load_settings()
    reader = LedgerReader.of(settings, database_url(settings))
    with Collector(endpoint, headers_from(header or ())) as collector:
        export = TraceExport(reader, collector, origin=settings.ledger_origin, content=content, batch=batch)
        if task:
            sent = export.tasks(task)
        elif since or until or after is not None:
            sent = export.period(period, after=after or 0)
        else:
            sent = export.what_is_new(CursorFile(settings.home_dir, collector.url))
        if as_json:
            print_json(asdict(sent) | {"collector": collector.url})
            return
        typer.echo(f"{sent.tasks} tasks, {sent.spans} spans taken by {collector.url}")
    if sent.still_open:
        typer.echo(f"{sent.still_open} tasks have not ended and will be sent when they have")
    if sent.up_to_seq:
        typer.echo(f"sent up to {sent.up_to_seq} in the ledger's order")
