"""`muster ledger verify` and `muster ledger export`: check the record, and let others check it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from muster.cli.output import print_json
from muster.core.errors import CallerError

if TYPE_CHECKING:
    from muster.ledger.export.write import Export
    from muster.ledger.notes import VerifierKey
    from muster.ledger.verify import Verdict
    from muster.ledger.verify.verdict import Told

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class CheckpointUnreadableError(CallerError):
    """The file given as a checkpoint cannot be read."""


def register(app: typer.Typer) -> None:
    """Add the commands to `muster ledger`."""
    app.command()(verify)
    app.command()(export)


def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An export; no database is needed. Without it, the database.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The ledger's first public key, as you know it from elsewhere.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint seen before, which an export must contain.")
    ] = None,
    parse: Annotated[bool, typer.Option(help="Parse every body of an export as JSON too.")] = False,
    mirror: Annotated[bool, typer.Option(help="Read the files of the mirror too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Check every event, chain, seal and signature; exit code 1 when something is wrong.

    Raises:
        NotAnExportError: the file is not an export.
        NoteError: `key` is not a public key.
        MusterError: the database is away, or no key is pinned.
    """
    from rich.console import Console

    from muster.cli.progress import Steps
    from muster.ledger.notes import VerifierKey

    trusted = None if key is None else VerifierKey.parse(key)
    with Steps(Console(stderr=True, quiet=as_json)) as steps:
        if file is None:
            verdict = _verify_database(trusted, steps.told, with_mirror=mirror)
        else:
            from muster.ledger.verify import verify_export

            seen = None if checkpoint is None else _text_of(checkpoint)
            verdict = verify_export(file, trusted_key=trusted, seen=seen, parse=parse, told=steps.told)
    if as_json:
        print_json({"whole": verdict.whole, **vars(verdict)})
    else:
        _print(verdict)
    if not verdict.whole:
        raise typer.Exit(1)


def export(
    out: Annotated[
        Path | None, typer.Option(help="The file to write; ledger-<date>.zip in this folder without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the whole record into one file that can be checked without this installation.

    Raises:
        ExportFailedError: the file cannot be written.
        LedgerUnavailableError: the database is away.
    """
    import asyncio
    from dataclasses import asdict
    from datetime import UTC, datetime

    from rich.console import Console

    from muster.cli.progress import Steps
    from muster.core.settings import load_settings
    from muster.ledger.export.write import export_ledger
    from muster.wiring import open_ledger

    path = out or Path(f"ledger-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.zip")

    async def run() -> "Export":
        with Steps(Console(stderr=True, quiet=as_json)) as steps:
            async with open_ledger(load_settings()) as ledger:
                return await export_ledger(ledger, path, told=steps.told)

    written = asyncio.run(run())
    if as_json:
        print_json(asdict(written))
        return
    typer.echo(
        f"{written.path}: {written.events} events ({written.unsealed} not yet sealed), "
        f"{written.seals} seals, {written.size_bytes / 1e6:.1f} MB"
    )
    typer.echo(f"sha256 {written.sha256}")


def _verify_database(trusted: "VerifierKey | None", told: "Told", *, with_mirror: bool) -> "Verdict":
    import asyncio

    from muster.core.settings import load_settings
    from muster.ledger.home import LedgerHome
    from muster.ledger.verify import verify_ledger
    from muster.wiring import open_ledger

    settings = load_settings()

    async def run() -> "Verdict":
        async with open_ledger(settings) as ledger:
            return await verify_ledger(
                ledger,
                LedgerHome.of(settings),
                trusted_key=trusted,
                mirror=settings.mirror_address if with_mirror else None,
                told=told,
            )

    return asyncio.run(run())


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointUnreadableError(f"the checkpoint cannot be read: {error}", where=str(path)) from error


def _print(verdict: "Verdict") -> None:
    typer.echo(verdict.sentence())
    for problem in verdict.problems:
        typer.echo(f"  {problem}")
    if verdict.problems_found > len(verdict.problems):
        typer.echo(f"  … and {verdict.problems_found - len(verdict.problems)} more")
    if verdict.root_sha256 is not None:
        typer.echo(f"root of {verdict.sealed} sealed events: {verdict.root_sha256}")
    if verdict.mirror_files is not None:
        typer.echo(f"mirror: {verdict.mirror_files} files read and as they were signed")
    if verdict.stamps:
        typer.echo(f"time stamps: {verdict.stamps} over their seals")
    if verdict.first_key is not None:
        typer.echo(f"first key: {verdict.first_key}\n  its SHA-256: {verdict.fingerprint}")
    for note in verdict.notes:
        typer.echo(f"note: {note}")
