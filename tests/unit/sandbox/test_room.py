"""What a sandbox can see, and how it is told to bubblewrap."""

import os
from pathlib import Path

import pytest

from muster.core.settings import PROJECT_ROOT
from muster.sandbox import bubblewrap
from muster.sandbox.bubblewrap import Way
from muster.sandbox.errors import SandboxPolicyError
from muster.sandbox.packages import places
from muster.sandbox.room import Room, program_room, reading_room

ways = pytest.mark.parametrize("way", ["drop", "namespace"])


def command(room: Room, way: Way) -> list[str]:
    return bubblewrap.command("bwrap", room, way, "{}", 9, with_parent=True)


@ways
def test_nothing_of_the_host_but_libraries_and_python_is_seen(way: Way) -> None:
    line = command(program_room(places(["polars"]), work_bytes=1000), way)
    seen = [line[at + 1] for at, word in enumerate(line) if word == "--ro-bind"]
    assert "/" not in seen
    for secret in (
        "/etc",
        "/home",
        "/root",
        "/proc",
        "/sys",
        "/run",
        "/var",
        str(PROJECT_ROOT),
        os.environ["HOME"],
    ):
        assert secret not in seen
    assert {line[at + 1] for at, word in enumerate(line) if word == "--dev-bind"} == {
        "/dev/null",
        "/dev/zero",
        "/dev/urandom",
    }
    assert {"--unshare-net", "--unshare-pid", "--unshare-ipc", "--clearenv", "--die-with-parent"} <= set(line)
    assert line[line.index("--remount-ro") + 1] == "/"


@ways
def test_only_a_program_has_a_folder_it_can_write(way: Way) -> None:
    assert "--tmpfs" in command(program_room({}, work_bytes=1000), way)
    assert "--tmpfs" not in command(reading_room({}), way)
    assert not {"--bind", "--bind-try", "--proc", "--dev", "--share-net"} & set(
        command(program_room({}, work_bytes=1000), way)
    )


def test_a_library_comes_with_those_it_needs() -> None:
    assert {"polars", "_polars_runtime_32"} <= set(places(["polars"]))
    assert "pypdf" not in places(["polars"])


def test_a_library_that_is_not_installed_is_named() -> None:
    with pytest.raises(SandboxPolicyError, match="no-such-library"):
        places(["no-such-library"])


def test_the_sandbox_imports_core_only() -> None:
    folder = Path(bubblewrap.__file__).parent
    for file in folder.rglob("*.py"):
        for line in file.read_text().splitlines():
            if line.startswith(("from muster.", "import muster.")):
                assert line.split()[1].startswith(("muster.core", "muster.sandbox")), f"{file}: {line}"
