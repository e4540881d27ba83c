"""The operating-system user Postgres runs as.

Postgres refuses to run as root. As root it is started as an existing unprivileged user through `setpriv`;
nothing is created and no folder is opened to anyone. Where that user cannot walk down to the files (a
checkout under /root), the process alone is given the capability to read past folder permissions.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from muster.services.errors import OsUserError

_CANDIDATES = ("postgres", "nobody")
_NO_EXTRA_RIGHT = ""
_EXTRA_RIGHTS = (_NO_EXTRA_RIGHT, "dac_read_search", "dac_override")
"""Tried in this order: the least that works is taken. Containers often lack the second but have the third."""


@dataclass(frozen=True)
class OsUser:
    """Who a program runs as."""

    uid: int
    gid: int
    name: str
    extra_right: str = _NO_EXTRA_RIGHT
    """A Linux capability without its `cap_` prefix; empty when ordinary rights are enough."""

    @property
    def is_me(self) -> bool:
        return self.uid == os.geteuid()

    def command(self, *argv: str | Path, dies_with_parent: bool = False) -> list[str]:
        """The command line that runs `argv` as this user."""
        setpriv = shutil.which("setpriv")
        options = [] if self.is_me else ["--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]
        if self.extra_right:
            caps = f"+{self.extra_right}"
            # without no_setuid_fixup access(2) ignores the capability, and Postgres asks access(2)
            options += ["--securebits", "+no_setuid_fixup", "--inh-caps", caps, "--ambient-caps", caps]
        if dies_with_parent and setpriv:
            options += ["--pdeathsig", "INT"]
        words = [str(word) for word in argv]
        return [setpriv, *options, *words] if setpriv and options else words


def database_user(data_dir: Path, program: Path) -> OsUser:
    """The user who runs `program` on `data_dir`: whoever runs muster, or for root an unprivileged one.

    Args:
        data_dir: exists; its owner is kept when it is already an unprivileged user.

    Raises:
        OsUserError: no user of this machine can do it.
    """
    if os.geteuid() != 0:
        return OsUser(os.geteuid(), os.getegid(), str(os.geteuid()))
    if shutil.which("setpriv") is None:
        raise OsUserError(
            "Postgres refuses to run as root and `setpriv` is not installed",
            do="run muster as an ordinary user, install util-linux, or set MUSTER_DATABASE_URL",
        )
    uid, gid, name = _unprivileged(data_dir)
    os.chown(data_dir, uid, gid)
    for right in _EXTRA_RIGHTS:
        user = OsUser(uid, gid, name, right)
        if _can_run(user, program, data_dir):
            return user
    raise OsUserError(
        f"Postgres refuses to run as root, and user {name} cannot reach its files",
        where=f"{program}, {data_dir}",
        do="run muster as an ordinary user, move the checkout and MUSTER_HOME to where others may enter "
        "(such as /opt or /srv), or set MUSTER_DATABASE_URL",
    )


def _unprivileged(data_dir: Path) -> tuple[int, int, str]:
    owner = data_dir.stat()
    if owner.st_uid != 0:
        return owner.st_uid, owner.st_gid, f"of id {owner.st_uid}"
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid, name
    raise OsUserError(
        "Postgres refuses to run as root, and this machine has neither a `postgres` nor a `nobody` user",
        do="run muster as an ordinary user, or set MUSTER_DATABASE_URL",
    )


def _can_run(user: OsUser, program: Path, data_dir: Path) -> bool:
    """Tries it: a shell of that user (setpriv itself still has root's rights when it starts a program)."""
    attempt = subprocess.run(
        user.command("/bin/sh", "-c", 'cd "$1" && exec "$0" --version', program, data_dir),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    return attempt.returncode == 0 and "invalid binary" not in attempt.stderr
