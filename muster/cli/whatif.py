"""`muster whatif`: what another setting would have done to a past period."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from muster.cli.output import print_json
from muster.core.moments import moment

app = typer.Typer(help="What another setting would have done to a past period.")


@app.command()
def whatif(
    confidence_below: Annotated[
        float | None, typer.Option(help="Answers less sure than this (0 to 1) go to a person.")
    ] = None,
    tool_calls_over: Annotated[
        int | None, typer.Option(help="Runs with more tool calls than this go to a person.")
    ] = None,
    commit_below: Annotated[
        str | None, typer.Option(help="What agents may commit alone to one payee in a day.")
    ] = None,
    usd_per_day: Annotated[
        str | None, typer.Option(help="US dollars all agents together may spend on models in a day.")
    ] = None,
    standard: Annotated[Path | None, typer.Option(help="Another standard.yaml.")] = None,
    money: Annotated[Path | None, typer.Option(help="Another money.yaml.")] = None,
    budgets: Annotated[Path | None, typer.Option(help="Another budgets.yaml.")] = None,
    models: Annotated[Path | None, typer.Option(help="Another models.yaml.")] = None,
    price: Annotated[
        str | None, typer.Option(help="MODEL=INPUT,OUTPUT in US dollars a million tokens.")
    ] = None,
    prompt: Annotated[
        str | None, typer.Option(help="TEAM/AGENT=V1,V2: two versions of its prompt that both ran.")
    ] = None,
    usd_per_hour: Annotated[str | None, typer.Option(help="US dollars an hour of people's time.")] = None,
    minutes_per_escalation: Annotated[
        str | None, typer.Option(help="Minutes of a person for an escalation that was not timed.")
    ] = None,
    minutes_per_approval: Annotated[
        str | None, typer.Option(help="Minutes of a person for an approval that was not timed.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="One team; all.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Tasks that ended since: 24h, 7d, 2w, a date or an RFC 3339 time; all.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Tasks that ended before; now.")] = None,
    tasks: Annotated[int, typer.Option(help="So many tasks are listed.", min=0)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, all tasks included.")] = False,
) -> None:
    """Hold other settings against the record, each by itself, by the code that decides at work.

    Says which tasks would have changed and why, what that comes to in money, minutes and errors, and what the
    record cannot tell. Nothing is changed.
    """
    now = datetime.now(UTC)
    within = [None if text is None else moment(text, now) for text in (since, until)]

    from rich.console import Console

    from muster.analysis.period import Period
    from muster.core.settings import load_settings
    from muster.gateway.registration import load_registration
    from muster.ledger.reader import LedgerReader
    from muster.reports.assumptions.people import load_human_cost
    from muster.reports.whatif_table import WIDTH, as_values, print_forecasts
    from muster.services.database import database_url
    from muster.whatif.past import read_past
    from muster.whatif.question import Question, asked

    question = Question(
        confidence_below=confidence_below,
        tool_calls_over=tool_calls_over,
        commit_below=commit_below,
        usd_per_day=usd_per_day,
        standard=standard,
        money=money,
        budgets=budgets,
        models=models,
        price=price,
        prompt=prompt,
        usd_per_hour=usd_per_hour,
        minutes_per_escalation=minutes_per_escalation,
        minutes_per_approval=minutes_per_approval,
    )
    question.check()
    settings = load_settings()
    reader = LedgerReader.of(settings, database_url(settings))
    past = read_past(reader, load_registration(settings.tools_registration), Period(*within), team)
    forecasts = asked(past, question, settings, load_human_cost(settings.assumptions_dir))
    if as_json:
        print_json(as_values(forecasts))
        return
    console = Console(highlight=False)
    out = console if console.width >= WIDTH else Console(highlight=False, width=WIDTH)
    print_forecasts(out, forecasts, tasks)
