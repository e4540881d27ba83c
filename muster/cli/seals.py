"""`muster ledger seal`, `prove`, `check-proof`, `consistency`, `keys` and `rotate-key`."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from muster.cli.actor import person
from muster.cli.output import print_json
from muster.core.errors import CallerError

if TYPE_CHECKING:
    from muster.ledger.head import Seal
    from muster.ledger.keeping import Kept
    from muster.ledger.notes import VerifierKey
    from muster.ledger.proofs import ProvedEvent

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write the proof to this file.")]


class ProofFileError(CallerError):
    """A file with a proof, a checkpoint or keys cannot be read or written."""


def register(app: typer.Typer) -> None:
    """Add the commands about seals and proofs to `muster ledger`."""
    app.command()(seal)
    app.command()(prove)
    app.command("check-proof")(check_proof)
    app.command()(consistency)
    app.command()(keys)
    app.command("rotate-key")(rotate_key)


def seal(as_json: AsJson = False) -> None:
    """Seal every event recorded so far, and mirror it; on first start this makes the key."""
    kept = asyncio.run(_kept())
    if as_json:
        print_json(
            {
                "seals": [_plain(one) for one in kept.seals],
                "stamped": kept.stamped,
                "mirrored": [file.path for file in kept.mirrored],
                "failures": [str(failure) for failure in kept.failures],
            }
        )
        return
    for one in kept.seals:
        typer.echo(
            f"{one.events} events sealed (seq {one.first_seq} to {one.last_seq}), {one.tree_size} in all: "
            f"root {one.root_sha256.hex()}, key {one.key_id}"
        )
    if not kept.seals:
        typer.echo("nothing new to seal")
    if kept.stamped:
        typer.echo(f"{len(kept.stamped)} checkpoints stamped")
    if kept.mirrored:
        typer.echo(f"{len(kept.mirrored)} files mirrored")
    for failure in kept.failures:
        typer.echo(f"made up for later: {failure}", err=True)


def prove(
    event: Annotated[str, typer.Argument(help="The event's id, evt_….")],
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Print a proof that an event is in the sealed record, which anyone can check with the public key."""
    text, proved = asyncio.run(_proved(event))
    if out is not None:
        _write(out, text)
    if as_json:
        print_json({**_facts(proved), "proof": text})
    elif out is None:
        typer.echo(text, nl=False)
    else:
        typer.echo(f"{out}: leaf {proved.index} of {proved.checkpoint.size}, signed by {proved.key_id}")


def check_proof(
    file: Annotated[Path, typer.Argument(help="A proof as `prove` or `consistency` write it.")],
    key: Annotated[
        list[str] | None,
        typer.Option(help="A public key, or a file of them, one a line; the keys pinned in MUSTER_HOME."),
    ] = None,
    old: Annotated[
        Path | None, typer.Option(help="For a proof of consistency: the older checkpoint you hold.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof without database and network; exit code 1 when it does not hold, 2 when it is none."""
    from muster.ledger.notes import open_checkpoint
    from muster.ledger.proof_text import ConsistencyProof, InclusionProof
    from muster.ledger.proofs import ProofWrongError, check_consistency, check_inclusion

    text, trusted = _read(file), _trusted(key)
    try:
        if text.startswith("old "):
            if old is None:
                raise ProofFileError(
                    "this is a proof of consistency", do="give the older checkpoint with --old"
                )
            older = open_checkpoint(_read(old), trusted)
            newer = check_consistency(ConsistencyProof.parse(text), older, trusted)
            facts: dict[str, Any] = {"old_size": older.size, "new_size": newer.size, "origin": newer.origin}
            sentence = f"the record of {newer.size} events begins with the one of {older.size}"
        else:
            proved = check_inclusion(InclusionProof.parse(text), trusted)
            facts, sentence = _facts(proved), _sentence(proved)
    except ProofWrongError as error:
        if as_json:
            print_json({"holds": False, "why": error.what})
        else:
            typer.echo(f"the proof does not hold: {error.what}")
        raise typer.Exit(1) from None
    if as_json:
        print_json({"holds": True, **facts})
    else:
        typer.echo(f"the proof holds: {sentence}")


def consistency(
    old: Annotated[
        str, typer.Argument(help="A number of sealed events, or a file with a checkpoint you hold.")
    ],
    new: Annotated[str, typer.Argument(help="A later number of sealed events, or a later checkpoint.")],
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Show that the record only grew between two seals; exit code 1 when it was rewritten."""
    from muster.ledger.proofs import ProofWrongError

    try:
        old_size, new_size, text = asyncio.run(_grown(old, new))
    except ProofWrongError as error:
        if as_json:
            print_json({"consistent": False, "why": error.what})
        else:
            typer.echo(error.what)
        raise typer.Exit(1) from None
    if out is not None:
        _write(out, text)
    if as_json:
        print_json({"consistent": True, "old_size": old_size, "new_size": new_size, "proof": text})
    else:
        typer.echo(f"the record of {new_size} events begins with the one of {old_size}")


def keys(as_json: AsJson = False) -> None:
    """List the public keys, oldest first, each endorsed by the one before. Whoever checks needs one."""
    rows = asyncio.run(_keys())
    if as_json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['vkey']}{'  (in use)' if row['in_use'] else ''}")


def rotate_key(as_json: AsJson = False) -> None:
    """Replace the private key by a new one, which the old one endorses; old seals stay valid."""
    new = asyncio.run(_rotated())
    if as_json:
        print_json({"key_id": new.key_id, "vkey": new.vkey})
    else:
        typer.echo(f"seals are signed with this key from now on:\n{new.vkey}")


async def _kept() -> "Kept":
    from muster.core.settings import load_settings
    from muster.ledger.keeping import keep_ledger
    from muster.wiring import database_url, open_ledger

    settings = load_settings()
    async with open_ledger(settings) as ledger:
        return await keep_ledger(ledger, settings, database_url(settings))


async def _proved(event: str) -> "tuple[str, ProvedEvent]":
    from muster.core.settings import load_settings
    from muster.ledger.home import LedgerHome
    from muster.ledger.keys import known_keys
    from muster.ledger.proofs import check_inclusion, prove_event
    from muster.wiring import open_ledger

    settings = load_settings()
    async with open_ledger(settings, pool_size=1) as ledger:
        trusted = await known_keys(ledger.fetch, LedgerHome.of(settings))
        proof = await prove_event(ledger.fetch, event, trusted)
    return proof.text, check_inclusion(proof, trusted)


async def _grown(old: str, new: str) -> tuple[int, int, str]:
    from muster.core.settings import load_settings
    from muster.ledger.home import LedgerHome
    from muster.ledger.keys import known_keys
    from muster.ledger.notes import Checkpoint, open_checkpoint
    from muster.ledger.proofs import ProofWrongError, check_consistency, open_seal_at, prove_growth
    from muster.wiring import open_ledger

    settings = load_settings()
    async with open_ledger(settings, pool_size=1) as ledger:
        trusted = await known_keys(ledger.fetch, LedgerHome.of(settings))

        async def head(given: str) -> Checkpoint:
            if given.isdigit():
                return await open_seal_at(ledger.fetch, int(given), trusted)
            return open_checkpoint(_read(Path(given)), trusted)

        older, newer = await head(old), await head(new)
        proof = await prove_growth(ledger.fetch, older.size, newer.size)
    proved = check_consistency(proof, older, trusted)
    if proved.root != newer.root:
        raise ProofWrongError(
            f"the first {newer.size} events are not the ones of {new}: the record was rewritten"
        )
    return older.size, newer.size, proof.text


async def _keys() -> list[dict[str, Any]]:
    from muster.core.settings import load_settings
    from muster.ledger.home import LedgerHome, read_pinned
    from muster.ledger.keys import known_keys, registered_keys
    from muster.wiring import open_ledger

    settings = load_settings()
    home = LedgerHome.of(settings)
    async with open_ledger(settings, pool_size=1) as ledger:
        trusted = await known_keys(ledger.fetch, home)
        listed = {one.key: one for one in await registered_keys(ledger.fetch)}
    pinned = read_pinned(home)
    return [
        {
            "key_id": key.key_id,
            "vkey": key.vkey,
            "added_at": listed[key].added_at,
            "endorsement": listed[key].endorsement,
            "pinned": key in pinned,
            "in_use": key == trusted[-1],
        }
        for key in trusted
    ]


async def _rotated() -> "VerifierKey":
    from muster.core.settings import load_settings
    from muster.ledger.home import LedgerHome
    from muster.ledger.keys import rotate_key as rotate
    from muster.wiring import open_ledger

    settings = load_settings()
    async with open_ledger(settings, pool_size=2) as ledger:
        return await rotate(ledger, LedgerHome.of(settings), person())


def _trusted(given: list[str] | None) -> "list[VerifierKey]":
    from muster.core.settings import load_settings
    from muster.ledger.home import LedgerHome, read_pinned
    from muster.ledger.notes import VerifierKey

    if not given:
        return read_pinned(LedgerHome.of(load_settings()))
    lines = []
    for one in given:
        lines += _read(Path(one)).splitlines() if Path(one).is_file() else [one]
    return [VerifierKey.parse(line) for line in lines if line.strip()]


def _facts(proved: "ProvedEvent") -> dict[str, Any]:
    import orjson

    return {
        "seq": proved.seq,
        "index": proved.index,
        "recorded_at": proved.recorded_at,
        "origin": proved.checkpoint.origin,
        "tree_size": proved.checkpoint.size,
        "root_sha256": proved.checkpoint.root.hex(),
        "sealed_at": proved.checkpoint.at,
        "key_id": proved.key_id,
        "event": orjson.loads(proved.body),
    }


def _sentence(proved: "ProvedEvent") -> str:
    event = _facts(proved)["event"]
    return (
        f"{event.get('event_id')} ({event.get('kind')}) was recorded at {proved.recorded_at.isoformat()} "
        f"as number {proved.index + 1} of the {proved.checkpoint.size} events of {proved.checkpoint.origin}, "
        f"signed by {proved.key_id}"
    )


def _plain(one: "Seal") -> dict[str, Any]:
    return {**asdict(one), "root_sha256": one.root_sha256.hex(), "events": one.events}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProofFileError(f"the file cannot be read: {error}", where=str(path)) from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ProofFileError(f"the file cannot be written: {error.strerror}", where=str(path)) from error
