"""`muster standard`: what every agent obeys, and how well its loop breaker tells loops from work."""

import asyncio
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.output import print_json

if TYPE_CHECKING:
    from muster.core.settings import Settings
    from muster.teams.loop_scores import Judged, Rate, Score

app = typer.Typer(no_args_is_help=True, help="The standard every agent obeys.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Folder = Annotated[
    Path | None, typer.Option("--traces", help="A folder of labelled traces; data/standard/loops.")
]


@app.command()
def show(as_json: AsJson = False) -> None:
    """The standard in force, its version, and what differs from the defaults; exit code 3 if it is wrong."""
    from muster.core.settings import load_settings
    from muster.teams.standard import Standard
    from muster.teams.standard_file import StandardFile

    settings = load_settings()
    file = settings.policies_dir / "standard.yaml"
    kept = StandardFile(file, settings.policies_dir / "budgets.yaml")
    values = kept.current().model_dump(exclude={"version"})
    usual = dict(_flat(Standard().model_dump(exclude={"version"})))
    changed = [name for name, value in _flat(values) if value != usual[name]]
    version, note = asyncio.run(_version(settings, kept.text))
    if as_json:
        print_json(
            {"version": version, "note": note, "file": str(file), "standard": values, "changed": changed}
        )
        return
    typer.echo(
        f"{version or 'standard'} · {file if file.exists() else 'the defaults'}{note and f' · {note}'}"
    )
    _print_retry(values["retry"])
    for name, value in _flat({part: rules for part, rules in values.items() if part != "retry"}):
        default = f"   (default {_plain(usual[name])})" if name in changed else ""
        typer.echo(f"{name:<38} {_plain(value)}{default}")
    for name in changed:
        if name.startswith("retry."):
            typer.echo(f"{name} is not as by default ({_plain(usual[name])})")


@app.command()
def loops(traces: Folder = None, as_json: AsJson = False) -> None:
    """Precision and recall of the loop breaker, by the standard in force, on labelled traces."""
    from muster.core.settings import load_settings
    from muster.teams.loop_scores import judge, score, sets
    from muster.teams.loop_traces import TRACES_FOLDER, load_traces
    from muster.teams.standard_file import load_standard

    rules = load_standard(load_settings().policies_dir / "standard.yaml").loop
    judged = [judge(trace, rules) for trace in load_traces(traces or TRACES_FOLDER)]
    scores = {name: score(some) for name, some in sets(judged).items()}
    wrong = [one for one in judged if one.verdict not in ("caught", "let_through")]
    if as_json:
        _print_loops_json(scores, wrong)
        return
    _print_scores(scores)
    for judgement in wrong:
        typer.echo(f"{judgement.verdict:<12} {_set_name(judgement)}: {judgement.trace.name}{_why(judgement)}")


async def _version(settings: "Settings", text: str) -> tuple[str | None, str]:
    """The label the text is recorded under, and why there is none."""
    from muster.ledger.errors import LedgerUnavailableError
    from muster.services.database import takes_connections
    from muster.teams.standard_file import recorded_label
    from muster.wiring import open_ledger

    if not takes_connections(settings):
        return None, "its version is not known while the ledger is away"
    try:
        async with open_ledger(settings, pool_size=1) as ledger:
            label = await recorded_label(ledger, text)
    except LedgerUnavailableError:
        return None, "its version is not known while the ledger is away"
    return label, "" if label else "it gets its version with the next task"


def _flat(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _print_retry(retry: Mapping[str, Mapping[str, Any]]) -> None:
    typer.echo(f"\n{'error class':<18} {'tries':>5} {'waits s':>14} {'random':>7}  then")
    for name, rule in retry.items():
        first, longest = rule["first_delay_seconds"], rule["longest_delay_seconds"]
        waits = f"{first:g} to {longest:g}" if longest else "none"
        random = f"{rule['jitter']:.0%}" if longest else ""
        typer.echo(f"{name:<18} {rule['attempts']:>5} {waits:>14} {random:>7}  {rule['then']}")
    typer.echo("")


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "any number" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _print_scores(scores: "Mapping[str, Score]") -> None:
    heads = ("precision", "recall", "work stopped")
    typer.echo(f"{'traces':<22} {'loops':>9} {' '.join(f'{head:>21}' for head in heads)} {'wasted':>7}")
    for name, one in scores.items():
        counts = f"{one.loops} of {one.traces}"
        rates = " ".join(f"{_share(rate):>21}" for rate in (one.precision, one.recall, one.false_alarms))
        wasted = "" if one.wasted_calls_median is None else f"{one.wasted_calls_median:g}"
        typer.echo(f"{name:<22} {counts:>9} {rates} {wasted:>7}")
    typer.echo("95 % intervals (Wilson); wasted: calls in a loop before it was stopped, median.")
    typer.echo("Precision is for this share of loops: where they are rarer, more of what is stopped is work.")


def _share(rate: "Rate") -> str:
    if rate.share is None or rate.low is None or rate.high is None:
        return "nothing to count"
    return f"{rate.share:.1%} ({rate.low:.0%} to {rate.high:.0%})"


def _set_name(judged: "Judged") -> str:
    return f"{'held out' if judged.trace.held_out else 'tuned on'}, {judged.trace.source}"


def _why(judged: "Judged") -> str:
    return "" if judged.reason is None else f"; after {judged.calls} calls: {judged.reason}"


def _print_loops_json(scores: "Mapping[str, Score]", wrong: "list[Judged]") -> None:
    from dataclasses import asdict

    print_json(
        {
            "sets": {name: asdict(one) for name, one in scores.items()},
            "misjudged": [
                {
                    "trace": one.trace.name,
                    "set": _set_name(one),
                    "verdict": one.verdict,
                    "calls": one.calls,
                    "reason": one.reason,
                }
                for one in wrong
            ],
        }
    )
