"""A server's package in its own environment: from a folder of wheels, with no registry and no network."""

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from muster.gateway.environment import NotInstalledError, launch_of
from muster.gateway.installing import NotInstallableError, install
from muster.gateway.mcp_servers import StdioServer


def wheel(folder: Path, name: str, version: str, programs: dict[str, str]) -> None:
    """A finished package with those programs."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    scripts = "\n".join(f"{program} = {module}:{function}" for program, function in programs.items())
    files = {
        f"{module}.py": "def main():\n    print('served')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{scripts}\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},"
        f"{len(text)}\n"
        for path, text in files.items()
    )
    with zipfile.ZipFile(folder / f"{module}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in (files | {f"{info}/RECORD": record + f"{info}/RECORD,,\n"}).items():
            archive.writestr(path, text)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place packages come from."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for manager in ("PIP", "UV"):
        monkeypatch.setenv(f"{manager}_NO_INDEX", "1")
        monkeypatch.setenv(f"{manager}_FIND_LINKS", str(folder))
    return folder


def server(home: Path, *words: str) -> StdioServer:
    return StdioServer("s", words[0], words[1:], home=home / "tools" / "s")


def test_a_package_gets_an_environment_of_its_own_and_is_not_installed_twice(
    tmp_path: Path, shelf: Path
) -> None:
    wheel(shelf, "mcp-server-toy", "1.2", {"mcp-server-toy": "main", "other": "main"})
    asked = server(tmp_path, "uvx", "mcp-server-toy@1.2", "-v")
    with pytest.raises(NotInstalledError):
        launch_of(asked)
    receipt = install(asked)
    assert receipt is not None
    assert receipt.versions["mcp-server-toy"] == "1.2"
    launch = launch_of(asked)
    assert Path(launch.command).name == "mcp-server-toy"
    assert Path(launch.command).is_relative_to(tmp_path / "tools" / "s")
    assert not Path(launch.command).is_relative_to(sys.prefix)
    assert launch.args == ("-v",)
    assert install(asked) == receipt


def test_what_cannot_be_installed_says_so_and_leaves_nothing_behind(tmp_path: Path, shelf: Path) -> None:
    assert shelf
    asked = server(tmp_path, "uvx", "mcp-server-nowhere")
    with pytest.raises(NotInstallableError, match="failed"):
        install(asked)
    assert list((tmp_path / "tools" / "s").glob("env-*")) == []


@pytest.mark.parametrize(
    "requirement", ["--index-url=http://x", "git+https://x/y", "./here", "a @ http://x/a.whl", "a;b"]
)
def test_what_is_no_package_of_a_registry_is_not_run_as_an_option_or_built(
    tmp_path: Path, requirement: str
) -> None:
    with pytest.raises(NotInstallableError, match="no package of a registry"):
        install(server(tmp_path, f"pip:{requirement}"))


def test_a_program_that_is_there_needs_no_environment(tmp_path: Path) -> None:
    assert install(server(tmp_path, "/bin/true")) is None
