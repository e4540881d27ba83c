"""Signed notes and the checkpoints they carry, in the formats of C2SP (signed-note, tlog-checkpoint).

Keys are written as Go's `golang.org/x/mod/sumdb/note` writes them: its tools read ours, and we read theirs.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from muster.core.errors import CallerError

_ED25519 = b"\x01"
_EM_DASH = "\u2014"
_MOST_SIGNATURES = 100
_HASH_BYTES = 32
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


class NoteError(CallerError):
    """A note, a key or a checkpoint is not in its format, or is not signed by a key that is trusted."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key under a name; as text (`vkey`) `<name>+<key id>+<base64>`."""

    name: str
    public: bytes

    @property
    def key_id(self) -> str:
        """The first four bytes, in hexadecimal, of the hash of name and key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).hexdigest()[:8]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key that `vkey` stands for.

        Raises:
            NoteError: it is not a vkey of an Ed25519 key, or its key id does not belong to it.
        """
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        key = cls(name, _key_bytes(encoded, vkey))
        if not _is_name(name) or key.key_id != key_id:
            raise NoteError(f"{vkey!r} is not a verifier key", do="give it as <name>+<key id>+<base64>")
        return key

    def holds(self, signature: bytes, text: str) -> bool:
        """Whether `signature` is this key's over `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key under a name; as text (`skey`) `PRIVATE+KEY+<name>+<key id>+<base64>`."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier.vkey})"  # the seed must not get into a log

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key.

        Raises:
            NoteError: `name` is empty, or holds a space or a plus sign.
        """
        if not _is_name(name):
            raise NoteError(f"{name!r} cannot name a key", do="choose one without spaces and plus signs")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, skey: str) -> Self:
        """The key that `skey` stands for.

        Raises:
            NoteError: it is not an skey. The message does not repeat it.
        """
        parts = skey.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise NoteError("this is not a private key", do="see that the file holds PRIVATE+KEY+...")
        key = cls(parts[2], _key_bytes(parts[4], "the private key"))
        if not _is_name(key.name) or key.verifier.key_id != parts[3]:
            raise NoteError("this is not a whole private key", do="restore the file from its backup")
        return key

    @property
    def skey(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id}+{encoded}"

    @property
    def verifier(self) -> VerifierKey:
        """The public part."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(self.name, public.public_bytes_raw())

    def sign(self, text: str) -> str:
        """`text` as a signed note.

        Raises:
            NoteError: `text` does not end in a newline, or holds a control character.
        """
        if not text.endswith("\n") or _has_control(text):
            raise NoteError("a note ends in a newline and holds no other control characters")
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        encoded = base64.b64encode(bytes.fromhex(self.verifier.key_id) + signature).decode()
        return f"{text}\n{_EM_DASH} {self.name} {encoded}\n"


@dataclass(frozen=True)
class OpenedNote:
    """A note whose signature was checked."""

    text: str
    signed_by: VerifierKey


def open_note(note: str, keys: Iterable[VerifierKey]) -> OpenedNote:
    """The text of a signed note and which of `keys` signed it; signatures of other keys do not count.

    Raises:
        NoteError: it is not a signed note, no key of `keys` signed it, or such a signature is wrong.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed_by: VerifierKey | None = None
    for name, key_id, signature in signatures:
        key = known.get((name, key_id))
        if key is None:
            continue
        if not key.holds(signature, text):
            raise NoteError(
                f"the signature of {name}+{key_id} is wrong: the text or the signature was changed"
            )
        signed_by = signed_by or key
    if signed_by is None:
        signers = ", ".join(f"{name}+{key_id}" for name, key_id, _ in signatures)
        raise NoteError(
            f"no trusted key signed this, only {signers}", do="give the key of the one who signed"
        )
    return OpenedNote(text, signed_by)


def split_note(note: str) -> tuple[str, list[tuple[str, str, bytes]]]:
    """The text of a note, and name, key id and signature of each who signed; nothing of it is checked.

    Raises:
        NoteError: it is not a signed note.
    """
    text, blank, below = note.rpartition("\n\n")
    lines = below.removesuffix("\n").split("\n")
    if not blank or not below.endswith("\n") or _has_control(note) or len(lines) > _MOST_SIGNATURES:
        raise NoteError("this is not a signed note: text, an empty line, signatures")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _EM_DASH or not _is_name(parts[1]):
        raise NoteError(f"{line!r} is not a signature line")
    whole = _decoded(parts[2], line)
    if len(whole) < 5:
        raise NoteError(f"{line!r} is not a signature line")
    return parts[1], whole[:4].hex(), whole[4:]


@dataclass(frozen=True)
class Checkpoint:
    """The head of a tree: how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes
    at: datetime | None = None
    """When it was made; None when the checkpoint does not say."""

    @property
    def text(self) -> str:
        """The text to sign."""
        head = f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
        return head if self.at is None else f"{head}time {self.at.astimezone(UTC).strftime(_TIME)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The checkpoint in the text of a note; extension lines of others are passed over.

        Raises:
            NoteError: it is not a checkpoint.
        """
        lines = text.removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines) or not is_decimal(lines[1]):
            raise NoteError("this is not a checkpoint: origin, size, root")
        root = _decoded(lines[2], lines[2])
        if len(root) != _HASH_BYTES:
            raise NoteError(f"the root of a checkpoint has {_HASH_BYTES} bytes, not {len(root)}")
        return cls(lines[0], int(lines[1]), root, _time(lines[3:]))


def open_checkpoint(note: str, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The checkpoint in a signed note, its signature checked.

    Raises:
        NoteError: it is not a checkpoint, or not signed by one of `keys` in its own name.
    """
    opened = open_note(note, keys)
    checkpoint = Checkpoint.parse(opened.text)
    if checkpoint.origin != opened.signed_by.name:
        raise NoteError(f"{opened.signed_by.name} signed a checkpoint of {checkpoint.origin}")
    return checkpoint


def is_decimal(text: str) -> bool:
    """Whether `text` is a whole number as C2SP writes it: ASCII digits, no leading zero, below 2^63."""
    digits = text.isascii() and text.isdigit() and len(text) <= 19
    return digits and (text == "0" or text[0] != "0") and int(text) < 1 << 63


def decode_hash(line: str) -> bytes:
    """The 32 bytes of a hash in base64.

    Raises:
        NoteError: it is not one.
    """
    value = _decoded(line, line)
    if len(value) != _HASH_BYTES:
        raise NoteError(f"{line!r} is not a hash of {_HASH_BYTES} bytes in base64")
    return value


def _time(lines: list[str]) -> datetime | None:
    for line in lines:
        if line.startswith("time "):
            try:
                return datetime.strptime(line.removeprefix("time "), _TIME).replace(tzinfo=UTC)
            except ValueError as error:
                raise NoteError(f"{line!r} is not a time in RFC 3339 with microseconds, UTC") from error
    return None


def _key_bytes(encoded: str, where: str) -> bytes:
    whole = _decoded(encoded, where)
    if len(whole) != 33 or whole[:1] != _ED25519:
        raise NoteError(f"{where} is not an Ed25519 key")
    return whole[1:]


def _decoded(encoded: str, where: str) -> bytes:
    try:
        value = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError(f"{where}: this is not base64") from error
    if base64.b64encode(value).decode() != encoded:
        raise NoteError(f"{where}: this is not base64 in its one form")
    return value


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def _has_control(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)
