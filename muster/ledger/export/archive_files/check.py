"""Checks this archive with nothing but Python's standard library (3.11 or newer), independent of who made it.

    python check.py ARCHIVE.zip [FIRST_KEY]

FIRST_KEY is the ledger's first public key (name+id+base64) as you were given it by another way.
Ends with exit code 0 when all is well, 1 when not. `muster ledger verify` does the same, faster.
"""

import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterator

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


class WrongError(Exception):
    """Something is not as it was signed."""


# --- Ed25519 (RFC 8032) -----------------------------------------


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def point_of(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise WrongError("not a point of the curve")
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(point_of(signature[:32]), times(k, point_of(public)))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


# --- keys and notes (C2SP signed-note) ----------------------------------------


def parse_key(vkey: str) -> tuple[str, str, bytes]:
    name, key_id, encoded = vkey.strip().split("+", 2)
    raw = base64.b64decode(encoded)
    if hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != key_id or raw[:1] != b"\x01":
        raise WrongError(f"{vkey} is not a key")
    return name, key_id, raw[1:]


def signed_text(note: str, vkey: str) -> str:
    """The text of a note, if this key signed it."""
    name, key_id, public = parse_key(vkey)
    text, _, signatures = note.rpartition("\n\n")
    for line in signatures.splitlines():
        _, signer, encoded = line.split(" ")
        raw = base64.b64decode(encoded)
        if (
            signer == name
            and raw[:4].hex() == key_id
            and signature_holds(public, (text + "\n").encode(), raw[4:])
        ):
            return text + "\n"
    raise WrongError(f"no valid signature of {name}+{key_id}")


def line_of_keys(listed: list[dict[str, str | None]], first: str) -> dict[str, str]:
    """Key id to key: the first, and each that the one before endorsed."""
    trusted, newest = {parse_key(first)[1]: first}, first
    left = [key for key in listed if key["endorsement"]]
    if first not in [key["vkey"] for key in listed]:
        raise WrongError("the first key of the archive is not the one you gave")
    while left:
        for key in left:
            try:
                text = signed_text(str(key["endorsement"]), newest)
            except WrongError:
                continue
            if text.split("\n")[:3] == ["muster ledger next key v1", parse_key(newest)[0], key["vkey"]]:
                break
        else:
            raise WrongError(f"key {left[0]['vkey']} was endorsed by nobody who is trusted")
        newest = str(key["vkey"])
        trusted[parse_key(newest)[1]] = newest
        left.remove(key)
    return trusted


# --- the tree (RFC 9162) ----------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Complete subtrees from left to right, as (leaves, hash)."""

    def __init__(self) -> None:
        self.peaks: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        self.peaks.append((1, leaf))
        while len(self.peaks) > 1 and self.peaks[-1][0] == self.peaks[-2][0]:
            (width, right), (_, left) = self.peaks.pop(), self.peaks.pop()
            self.peaks.append((2 * width, node(left, right)))

    def root(self) -> bytes:
        root = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            root = node(left, root)
        return root


# --- events ----------------------------------------


class Events:
    """Lines in order: their leaves, and the chain of every run."""

    def __init__(self, archive: zipfile.ZipFile, some_are_detached: bool) -> None:
        self.archive, self.detached = archive, some_are_detached
        self.heads: dict[str, tuple[int, bytes]] = {}
        self.count = self.last_seq = 0
        self.months: list[dict[str, object]] = []

    def leaves(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Of each line what it is called and its leaf."""
        with self.archive.open(name) as file:
            for line in file:
                seq, at, place, chain, body = line.removesuffix(b"\n").split(b"\t", 4)
                event, body_sha256 = json.loads(body), hashlib.sha256(body).digest()
                called = f"event {int(seq)} ({event['event_id']})"
                if int(seq) <= self.last_seq:
                    raise WrongError(f"{called}: out of order")
                self.chain(
                    called, event["run_id"], int(place or 0), bytes.fromhex(chain.decode()), body_sha256
                )
                self.last_seq, self.count = int(seq), self.count + 1
                if event["kind"] == "month.detached":
                    self.months.append(event["payload"])
                entry = int(seq).to_bytes(8, "big", signed=True) + int(at).to_bytes(8, "big", signed=True)
                entry += body_sha256 + (bytes.fromhex(chain.decode()) or bytes(32))
                yield called, hashlib.sha256(b"\x00" + entry).digest()

    def chain(self, called: str, run: str | None, place: int, chain: bytes, body: bytes) -> None:
        if run is None:
            if place or chain:
                raise WrongError(f"{called}: in a chain and in no run")
            return
        last_place, last_chain = self.heads.get(run, (0, b""))
        if place == last_place + 1:
            if hashlib.sha256(last_chain + body).digest() != chain:
                raise WrongError(f"{called}: breaks the chain of {run}")
        elif not (self.detached and place > last_place):
            raise WrongError(f"{called}: place {place} of {run}, where {last_place + 1} was due")
        self.heads[run] = (place, chain)


def sealed_leaves(archive: zipfile.ZipFile, events: Events, summary: dict[str, int]) -> Iterator[bytes]:
    """The stored leaves, each compared with its event; of a detached month there are only leaves."""
    for chunk in range(summary["chunks"]):
        stored = archive.read(f"leaves/{chunk:05}.bin")
        made = events.leaves(f"events/{chunk:05}.tsv")
        called, leaf = next(made, ("", b""))
        for at in range(0, len(stored), 32):
            if stored[at : at + 32] == leaf:
                called, leaf = next(made, ("", b""))
            elif not events.detached:
                where = f"before {called}" if called else "at the end of its chunk"
                index = chunk * summary["chunk_leaves"] + at // 32
                raise WrongError(f"leaf {index} has no event as it was sealed, {where}")
            yield stored[at : at + 32]
        if called:
            raise WrongError(f"{called}: it was not sealed like this")


def check_seals(
    archive: zipfile.ZipFile, leaves: Iterator[bytes], trusted: dict[str, str]
) -> tuple[int, int]:
    """How many leaves are sealed under how many seals, every root made anew."""
    tree, size, seals = Tree(), 0, 0
    with archive.open("seals.jsonl") as file:
        for line in file:
            seal = json.loads(line)
            wanted, key_id = seal["tree_size"], seal["key_id"]
            if key_id not in trusted:
                raise WrongError(f"the seal at {wanted} is signed by {key_id}, which is not trusted")
            _, signed_size, signed_root, *_ = signed_text(seal["checkpoint"], trusted[key_id]).split("\n")
            before = size
            while size < wanted and (leaf := next(leaves, None)) is not None:
                tree.add(leaf)
                size += 1
            if (seal["first_index"], seal["root_sha256"]) != (before, base64.b64decode(signed_root).hex()):
                raise WrongError(f"the seal at {wanted} does not follow the one at {before}, or was changed")
            if size != wanted or (signed_size, base64.b64decode(signed_root)) != (str(size), tree.root()):
                raise WrongError(f"the seal at {wanted} is not over the first {size} events of this archive")
            seals += 1
    if next(leaves, None) is not None:
        raise WrongError(f"leaf {size} and those after it are under no seal")
    return size, seals


def check(path: str, first_key: str | None) -> str:
    """What to say when everything is right."""
    with zipfile.ZipFile(path) as archive:
        summary, keys = json.loads(archive.read("ledger.json")), json.loads(archive.read("keys.json"))
        absent = sum(month["events"] for month in summary["detached_months"])
        first = first_key or next((key["vkey"] for key in keys if not key["endorsement"]), None)
        trusted = line_of_keys(keys, first) if first else {}
        events = Events(archive, bool(absent))
        size, seals = check_seals(archive, sealed_leaves(archive, events, summary), trusted)
        if events.count + absent != size:
            raise WrongError(f"{size} events were sealed, {events.count} are here and {absent} were detached")
        for month in summary["detached_months"]:
            if not any(month.items() <= said.items() for said in events.months):
                raise WrongError(f"no sealed event says that {month['month']} was detached")
        part = 0
        while f"unsealed/{part:05}.tsv" in archive.namelist():
            for _ in events.leaves(f"unsealed/{part:05}.tsv"):
                pass
            part += 1
    found = f"{events.count} events, {size} sealed under {seals} seals, {len(events.heads)} chained runs"
    if first_key:
        return f"whole: {found}"
    return f"whole, if this is the first key as you were given it by another way:\n{first}\n{found}"


if __name__ == "__main__":
    try:
        sys.stdout.write(check(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None) + "\n")
    except (WrongError, KeyError, ValueError) as error:
        sys.exit(f"NOT WHOLE: {error}")
