"""What tests of the sandbox need of the machine they run on."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.sandbox.standing import standing

needs_sandbox = pytest.mark.skipif(standing().way is None, reason=standing().what)
"""Skips where this machine cannot isolate a program, saying why."""

ORDINARY_USER = "nobody"


def ordinary_command(*arguments: str) -> list[str]:
    """The command that runs Python with muster as an ordinary user; skips where that cannot be done."""
    if os.geteuid() != 0:
        return [sys.executable, *arguments]
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not installed")
    user = pwd.getpwnam(ORDINARY_USER)
    as_user = [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    as_user.append("/usr/bin/env")  # root's last right to reach a file is gone only after one program more
    for python in (os.path.realpath(sys.executable), f"/usr/bin/python3.{sys.version_info.minor}"):
        probe = [*as_user, python, "-c", "import muster.core.settings, pydantic_monty"]
        where = ordinary_environment(Path("/"))
        if subprocess.run(probe, env=where, cwd="/", capture_output=True, check=False).returncode == 0:
            return [*as_user, python, *arguments]
    return pytest.skip("an ordinary user can run no Python of this version here, or not read this checkout")


def ordinary_environment(home: Path) -> dict[str, str]:
    """The whole environment of such a command."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "MUSTER_HOME": str(home),
        "PYTHONPATH": f"{PROJECT_ROOT}:{packages}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
