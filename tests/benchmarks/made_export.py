"""Exports of a made-up ledger of any size, written without a database: for tests and benchmarks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson

from muster.core.canonical import Json, canonical_json
from muster.ledger.export import layout
from muster.ledger.export.archive import ArchiveWriter
from muster.ledger.leaf import leaf_hash
from muster.ledger.merkle import Frontier
from muster.ledger.notes import Checkpoint, SigningKey, VerifierKey

_AT = datetime(2026, 5, 4, tzinfo=UTC)
_AT_US = int(_AT.timestamp()) * 1_000_000
_RUNS_AT_ONCE = 32
_TEXT = "the customer writes that the parcel arrived open; stock and carrier were checked before answering "

Line = tuple[int, int, int | None, bytes | None, bytes]
"""seq, time of recording, place, chain, body."""


@dataclass(frozen=True)
class Shape:
    """What the made-up ledger is like."""

    events: int
    unsealed: int = 0
    body_bytes: int = 600
    run_length: int = 20
    seal_every: int = 5_000
    chunk_leaves: int = layout.CHUNK_LEAVES


def made_events(shape: Shape) -> Iterator[Line]:
    """Events of runs that overlap, each eighth of no run; sequence numbers have holes."""
    heads: dict[str, tuple[int, bytes]] = {}
    template = _body("EVENT", "RUN", shape.body_bytes)
    for number in range(shape.events + shape.unsealed):
        event_id, seq = f"evt_{number:026d}", number + 1 + number // 1000
        if number % 8 == 7:
            body = template.replace(b'"RUN"', b"null").replace(b"EVENT", event_id.encode())
            yield seq, _AT_US + seq, None, None, body
            continue
        era = number // (_RUNS_AT_ONCE * shape.run_length)
        run = f"run_{era:020d}{number % _RUNS_AT_ONCE:06d}"
        place, chain = heads.pop(run, (0, b""))
        body = template.replace(b"RUN", run.encode()).replace(b"EVENT", event_id.encode())
        chain = sha256(chain + sha256(body).digest()).digest()
        if place + 2 <= shape.run_length:
            heads[run] = place + 1, chain
        yield seq, _AT_US + seq, place + 1, chain, body


def write_export(path: Path, shape: Shape, key: SigningKey) -> VerifierKey:
    """Write the ledger's export; gives the key to trust."""
    lines = list(made_events(shape)) if shape.events < 100_000 else None
    seals, tree = [], Frontier()
    with ArchiveWriter(path, _AT, shape.chunk_leaves) as archive:
        archive.put(layout.KEYS, orjson.dumps([{"vkey": key.verifier.vkey, "endorsement": None}]))
        chunk: list[Line] = []
        first = (0, 0)  # of the seal to come: index and seq
        sealed = 0
        for line in lines if lines is not None else made_events(shape):
            if sealed == shape.events:
                archive.unsealed(*line)
                continue
            sealed += 1
            chunk.append(line)
            seq, at, _, chain, body = line
            first = first if first[1] else (sealed - 1, seq)
            tree.extend([leaf_hash(seq, at, sha256(body).digest(), chain)])
            if sealed % shape.seal_every == 0 or sealed == shape.events:
                seals.append(_seal(tree, first, seq, key))
                first = (0, 0)
            if sealed % shape.chunk_leaves == 0 or sealed == shape.events:
                _chunk(archive, chunk)
                chunk = []
        with archive.member(layout.SEALS) as file:
            for seal in seals:
                file.write(orjson.dumps(seal, option=orjson.OPT_APPEND_NEWLINE))
        archive.put(layout.SUMMARY, orjson.dumps(_summary(shape, len(seals), archive.chunks)))
        archive.close()
    return key.verifier


def _chunk(archive: ArchiveWriter, lines: list[Line]) -> None:
    archive.chunk([leaf_hash(seq, at, sha256(body).digest(), chain) for seq, at, _, chain, body in lines])
    for line in lines:
        archive.event(*line)


def _seal(tree: Frontier, first: tuple[int, int], last_seq: int, key: SigningKey) -> dict[str, object]:
    checkpoint = Checkpoint(key.name, tree.size, tree.root(), _AT)
    return {
        "tree_size": tree.size,
        "first_index": first[0],
        "first_seq": first[1],
        "last_seq": last_seq,
        "root_sha256": tree.root().hex(),
        "key_id": key.verifier.key_id,
        "checkpoint": key.sign(checkpoint.text),
        "sealed_at": "2026-05-04T00:00:00.000000Z",
    }


def _summary(shape: Shape, seals: int, chunks: int) -> dict[str, object]:
    return {
        "format": layout.FORMAT,
        "tree_size": shape.events,
        "events": shape.events + shape.unsealed,
        "unsealed": shape.unsealed,
        "seals": seals,
        "chunk_leaves": shape.chunk_leaves,
        "chunks": chunks,
        "detached_months": [],
    }


def _body(event_id: str, run_id: str, size: int) -> bytes:
    event: dict[str, Json] = {
        "actor": "agent:support/desk",
        "agent": "support/desk",
        "cost_usd": "0.001234",
        "event_id": event_id,
        "happened_at": "2026-05-04T10:00:00.000000Z",
        "kind": "model_call.settled",
        "model_source": "rehearsal",
        "payload": {"response": ""},
        "run_id": run_id,
        "task_id": "tsk_00000000000000000000000001",
        "team": "support",
    }
    missing = max(0, size - len(canonical_json(event)) - 50)
    event["payload"] = {"response": (_TEXT * (missing // len(_TEXT) + 1))[:missing]}
    return canonical_json(event)
