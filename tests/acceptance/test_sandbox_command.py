"""`muster sandbox check` as a person or a program meets it."""

import os
import subprocess
import sys
from pathlib import Path

import orjson

from tests.sandboxed import needs_sandbox

_COMMAND = [sys.executable, "-c", "from muster.cli.sandbox import app; app()", "check"]


def run(path: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*_COMMAND, *arguments], env={**os.environ, "PATH": path}, capture_output=True, check=False
    )


@needs_sandbox
def test_it_says_how_this_machine_isolates() -> None:
    done = run(os.environ["PATH"], "--json")
    said = orjson.loads(done.stdout)
    assert (done.returncode, said["isolates"], said["do"]) == (0, True, None)
    assert said["way"] == ("drop" if os.geteuid() == 0 else "namespace")


def test_without_bubblewrap_it_says_what_to_install(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.returncode == 3
    assert b"bubblewrap is not installed" in done.stdout
    assert b"apt install bubblewrap" in done.stdout


def test_a_bubblewrap_that_isolates_nothing_is_not_believed(tmp_path: Path) -> None:
    """Were it a program that just runs what it is given, nothing would run all the same."""
    fake = tmp_path / "bwrap"
    fake.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    fake.chmod(0o755)
    done = run(str(tmp_path), "--json")
    said = orjson.loads(done.stdout)
    assert (done.returncode, said["isolates"]) == (3, False)
