"""What a subprocess gets: a home of its own, and nothing of ours."""

import os
import sys
from pathlib import Path

import pytest

from muster.gateway.environment import NotInstalledError, Receipt, launch_of, receipt_file, receipt_of
from muster.gateway.mcp_servers import StdioServer


def server(home: Path, command: str, *args: str, **more: str) -> StdioServer:
    return StdioServer("s", command, args, more, home=home / "tools" / "s")


def test_the_environment_is_minimal_and_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    monkeypatch.setenv("MUSTER_DATABASE_URL", "postgresql://secret")
    launch = launch_of(server(tmp_path, "/bin/x", "-v", API_KEY="k"))
    own = tmp_path / "tools" / "s" / "home"
    assert set(launch.env) == {"PATH", "HOME", "LANG", "API_KEY"}
    assert (launch.env["HOME"], launch.cwd, launch.env["API_KEY"]) == (str(own), str(own), "k")
    assert own.stat().st_mode & 0o777 == 0o700
    assert (launch.command, launch.args) == ("/bin/x", ("-v",))


def test_programs_of_our_own_environment_are_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = str(Path(sys.prefix) / "bin")
    monkeypatch.setenv("PATH", os.pathsep.join([ours, "/usr/bin"]))
    assert launch_of(server(tmp_path, "x")).env["PATH"] == "/usr/bin"


def test_what_the_json_names_goes_before_everything(tmp_path: Path) -> None:
    assert launch_of(server(tmp_path, "x", HOME="/srv", LANG="de_DE.UTF-8")).env["HOME"] == "/srv"


def test_a_package_that_is_not_installed_is_away_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotInstalledError, match="muster tool register s"):
        launch_of(server(tmp_path, "uvx", "mcp-time"))


def test_an_installed_package_is_started_from_its_own_environment(tmp_path: Path) -> None:
    asked = server(tmp_path, "uvx", "mcp-time@1.2", "--zone", "UTC")
    assert asked.home is not None
    program = asked.home / "env-1" / "bin" / "mcp-time"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    receipt = Receipt(asked=("mcp-time==1.2",), command=(str(program),), versions={}, environment="env-1")
    receipt_file(asked.home).write_text(receipt.model_dump_json())
    launch = launch_of(asked)
    assert (launch.command, launch.args) == (str(program), ("--zone", "UTC"))
    assert launch.env["PATH"].split(os.pathsep)[0] == str(program.parent)
    with pytest.raises(NotInstalledError):
        launch_of(server(tmp_path, "uvx", "mcp-time@1.3"))
    program.unlink()
    assert receipt_of(asked) is None
