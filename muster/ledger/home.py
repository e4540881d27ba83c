"""What is kept about the ledger outside its database, so that the database alone can be proved wrong."""

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from muster.core.errors import OperatorError
from muster.core.settings import Settings
from muster.ledger.durable_file import write_durably
from muster.ledger.notes import Checkpoint, NoteError, SigningKey, VerifierKey, open_checkpoint
from muster.ledger.seal_errors import WitnessError


class LedgerKeyError(OperatorError):
    """The private key cannot be used, or the public ones are not where they were pinned."""


@dataclass(frozen=True)
class LedgerHome:
    """Where the private key, the pinned public keys and the newest checkpoint are."""

    origin: str
    """The name the keys and checkpoints go by."""
    key_file: Path
    """The private key in use."""
    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.ledger_origin, settings.ledger_key_file, settings.ledger_dir)

    @property
    def next_key_file(self) -> Path:
        """The private key that comes next, while the ledger does not know it yet."""
        return self.key_file.with_name(f"{self.key_file.name}.next")

    @property
    def pinned_keys(self) -> Path:
        """One public key a line; the first is the root of trust."""
        return self.folder / "trusted_keys"

    @property
    def witness(self) -> Path:
        """The newest checkpoint."""
        return self.folder / "checkpoint"


def read_pinned(home: LedgerHome) -> list[VerifierKey]:
    """The public keys pinned on this machine, the root of trust first.

    Raises:
        LedgerKeyError: there are none, or the file is damaged.
    """
    try:
        return [VerifierKey.parse(line) for line in home.pinned_keys.read_text("utf-8").split("\n") if line]
    except FileNotFoundError:
        raise LedgerKeyError(
            "no public key is pinned here",
            where=str(home.pinned_keys),
            do="restore the file from a backup of MUSTER_HOME, or put the first public key of this ledger "
            "there, as you once gave it to others",
        ) from None
    except NoteError as error:
        raise LedgerKeyError(
            error.what, where=str(home.pinned_keys), do="restore the file from a backup of MUSTER_HOME"
        ) from error


def read_private(path: Path) -> SigningKey:
    """The private key in `path`.

    Raises:
        LedgerKeyError: it is missing, damaged, or readable by others than its owner.
    """
    restore = (
        "restore the file from a backup of MUSTER_HOME; without it no seal can be made that others trust"
    )
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise LedgerKeyError(
                "the private key is open to other users", where=str(path), do=f"chmod 600 {path}"
            )
        return SigningKey.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        raise LedgerKeyError("the private key is missing", where=str(path), do=restore) from None
    except OSError as error:
        raise LedgerKeyError(
            f"the private key cannot be read: {error.strerror}",
            where=str(path),
            do="run muster as the user who owns MUSTER_HOME",
        ) from error
    except NoteError as error:
        raise LedgerKeyError(error.what, where=str(path), do=restore) from error


def read_witness(home: LedgerHome, keys: Iterable[VerifierKey]) -> Checkpoint:
    """The newest checkpoint that this machine has seen, its signature checked.

    Raises:
        WitnessError: it is missing, damaged, or signed by none of `keys`.
    """
    try:
        return open_checkpoint(home.witness.read_text("utf-8"), keys)
    except FileNotFoundError:
        raise WitnessError("the newest checkpoint is missing", home.witness) from None
    except (NoteError, UnicodeDecodeError) as error:
        raise WitnessError(f"the newest checkpoint cannot be trusted: {error}", home.witness) from error


def write_witness(home: LedgerHome, checkpoint: str) -> None:
    """Keep `checkpoint`, a signed note, as the newest one.

    Raises:
        FileNotKeptError: the file cannot be written.
    """
    write_durably(home.witness, checkpoint)


def finish_rotation(home: LedgerHome, chain: list[VerifierKey]) -> None:
    """Take the next private key into use once the ledger lists it; does nothing when there is none.

    A rotation that was cut short after its commit is finished by whoever looks next.

    Raises:
        LedgerKeyError: the next private key is damaged.
    """
    if home.next_key_file.exists() and read_private(home.next_key_file).verifier == chain[-1]:
        write_durably(home.pinned_keys, "".join(f"{key.vkey}\n" for key in chain))
        home.next_key_file.replace(home.key_file)
