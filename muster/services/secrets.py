"""Passwords the installation makes for itself: one file each, readable by its owner only."""

import os
import secrets
import string
from pathlib import Path

from muster.services.errors import SecretError

_SIGNS = string.ascii_letters + string.digits
_LENGTH = 28


def kept_secret(folder: Path, name: str) -> str:
    """The secret of that name; made and kept on first use.

    Raises:
        SecretError: the file cannot be read or written.
    """
    path = folder / name
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make(path)
        return _read(path)
    except OSError as error:
        raise SecretError(
            f"the password file cannot be used: {error.strerror}",
            where=str(path),
            do="run muster as the user who owns MUSTER_HOME, or set MUSTER_HOME to a folder of your own",
        ) from None


def _make(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) + "\n")
    try:
        os.link(draft, path)  # never replaces: of two processes at once, the first one's secret stays
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read(path: Path) -> str:
    secret = path.read_text().strip()
    if not secret:
        raise SecretError(
            "the password file is empty", where=str(path), do="restore it from a backup of MUSTER_HOME"
        )
    return secret
