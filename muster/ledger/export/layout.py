"""What an export consists of: the names and formats of its parts, for whoever writes or reads one."""

FORMAT = "muster-ledger-export/1"

CHUNK_LEAVES = 65_536
"""Leaves a chunk covers, a complete subtree of level 16; only the last has fewer."""

README = "README.md"
CHECK = "check.py"
SUMMARY = "ledger.json"
KEYS = "keys.json"
SEALS = "seals.jsonl"
CHECKPOINT = "checkpoint"


def events_of(chunk: int) -> str:
    """The events under a chunk of leaves, a line each.

    Its fields, with tabs between: seq, recorded_at in microseconds since 1970, place in the run, chain in
    hexadecimal, body; place and chain are empty outside of runs.
    """
    return f"events/{chunk:05}.tsv"


def leaves_of(chunk: int) -> str:
    """The leaf hashes of a chunk, 32 bytes each."""
    return f"leaves/{chunk:05}.bin"


def unsealed(chunk: int) -> str:
    """Events after the newest seal, as lines like `events_of`."""
    return f"unsealed/{chunk:05}.tsv"


def stamp_of(tree_size: int) -> str:
    """The RFC 3161 response over the checkpoint of that size."""
    return f"stamps/{tree_size}.tsr"


def line_of(
    seq: int, recorded_at_us: int, place: int | None, chain_sha256: bytes | None, body: bytes
) -> bytes:
    """An event as its line."""
    if b"\n" in body:  # no canonical JSON has one; an edited body may, and must not look like two events
        body = body.replace(b"\n", b"\\n")
    return b"%d\t%d\t%b\t%b\t%b\n" % (
        seq,
        recorded_at_us,
        b"" if place is None else b"%d" % place,
        b"" if chain_sha256 is None else chain_sha256.hex().encode(),
        body,
    )
