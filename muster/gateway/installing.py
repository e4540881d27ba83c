"""Installs a server's package into its own environment: MUSTER_HOME/tools/<server>/env-....

Only finished packages are taken (wheels; npm without scripts), so nothing of a package runs meanwhile.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from muster.core.errors import OperatorError
from muster.gateway.environment import Receipt, receipt_file, receipt_of
from muster.gateway.mcp_servers import StdioServer
from muster.gateway.packages import Package, package_of
from muster.ledger.durable_file import write_durably

_PYTHON_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w,. -]+\])? *([<>=!~]=?[\w.*+!, <>=~]+)?", re.ASCII)
_NODE_NAME = re.compile(r"(@[a-z0-9~][\w.~-]*/)?[a-z0-9~][\w.~-]*(@[\w.^~<>=*-]+)?", re.ASCII)
_PASSED_ON: Final = frozenset(
    {
        "PATH",
        "HOME",
        "LANG",
        "TMPDIR",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    }
    | {"NODE_EXTRA_CA_CERTS", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"}
)
_PASSED_ON_BEGINNINGS: Final = ("PIP_", "UV_", "NPM_CONFIG_")
_PASSWORD = re.compile(r"//[^/@\s]+@")
_SECONDS: Final = 600


class NotInstallableError(OperatorError):
    """A server's package cannot be installed into its own environment."""


def install(server: StdioServer, *, again: bool = False) -> Receipt | None:
    """What is installed for the server, installed now if it is not; null when its command names no package.

    Args:
        again: install afresh, so that a newer version is taken.

    Raises:
        NotInstallableError: the package manager is missing or fails, or the package is no finished one.
        FileNotKeptError: MUSTER_HOME cannot be written.
    """
    package = package_of(server)
    if package is None or server.home is None:
        return None
    before = receipt_of(server)
    if before is not None and before.asked == package.requirements and not again:
        return before
    _check(package, server.name)
    folder = server.home / f"env-{secrets.token_hex(4)}"
    server.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        receipt = _python(package, folder) if package.manager == "python" else _node(package, folder)
        write_durably(receipt_file(server.home), receipt.model_dump_json(indent=2) + "\n")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    kept = {folder.name, before.environment if before is not None else ""}
    for other in server.home.glob("env-*"):
        if other.name not in kept:  # a server that runs from the last one may still do so
            shutil.rmtree(other, ignore_errors=True)
    return receipt


def _check(package: Package, server: str) -> None:
    form = _PYTHON_NAME if package.manager == "python" else _NODE_NAME
    for requirement in package.requirements:
        if not form.fullmatch(requirement):
            raise NotInstallableError(
                f"{requirement!r} is no package of a registry",
                where=f"server {server}",
                do="install it yourself and name its program by its full path",
            )


def _python(package: Package, folder: Path) -> Receipt:
    wanted = package.python or f"{sys.version_info.major}.{sys.version_info.minor}"
    beside = Path(sys.prefix) / "bin" / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    own = folder / "bin" / "python"
    if uv is not None:
        _run([uv, "-q", "venv", "--python", wanted, str(folder)])
        _run([uv, "-q", "pip", "install", "--python", str(own), "--no-build", *package.requirements])
    else:
        _run([_interpreter(wanted), "-m", "venv", str(folder)])
        pip = [str(own), "-I", "-m", "pip", "-q", "install", "--only-binary", ":all:"]
        _run([*pip, "--disable-pip-version-check", "--no-input", *package.requirements])
    site = next(folder.glob("lib/python*/site-packages"), folder)
    found = {_canonical(each.metadata["Name"]): each for each in distributions(path=[str(site)])}
    versions = {name: each.version for name, each in sorted(found.items())}
    if package.module is not None:
        command: tuple[str, ...] = (str(own), "-m", package.module)
    else:
        name = _canonical(re.split(r"[\[<>=!~ ]", package.requirements[0])[0])
        scripts = [each.name for each in found[name].entry_points if each.group == "console_scripts"]
        command = (str(folder / "bin" / _chosen(package, scripts, name)),)
    return Receipt(asked=package.requirements, command=command, versions=versions, environment=folder.name)


def _node(package: Package, folder: Path) -> Receipt:
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstallableError("npm is not on this machine", do="install Node.js")
    folder.mkdir(mode=0o700)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([npm, "install", "--prefix", str(folder), *options, *package.requirements])
    name = re.sub(r"(?<=.)@.*", "", package.requirements[0])
    about: dict[str, Any] = json.loads((folder / "node_modules" / name / "package.json").read_text("utf-8"))
    programs = about.get("bin", {})
    short = name.rpartition("/")[2]
    names = [short] if isinstance(programs, str) else list(programs)
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))
    versions = {
        path.removeprefix("node_modules/"): each["version"]
        for path, each in sorted(lock["packages"].items())
        if path.startswith("node_modules/") and "version" in each
    }
    program = folder / "node_modules" / ".bin" / _chosen(package, names, short)
    return Receipt(
        asked=package.requirements, command=(str(program),), versions=versions, environment=folder.name
    )


def _chosen(package: Package, programs: Sequence[str], name: str) -> str:
    """The program to start: the one asked for, the one named like the package, or the only one."""
    wanted = package.program or (name if name in programs else programs[0] if len(programs) == 1 else None)
    if wanted is None or (wanted not in programs and not package.requirements[1:]):
        raise NotInstallableError(
            f"{package.requirements[0]} has no program {wanted or name}, but {', '.join(programs) or 'none'}",
            do="name one of them: uvx --from PACKAGE PROGRAM",
        )
    return wanted


def _run(command: Sequence[str]) -> None:
    """Run a package manager with the little of our environment it needs: where the registry is."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _PASSED_ON or name.upper().startswith(_PASSED_ON_BEGINNINGS)
    }
    try:
        done = subprocess.run(
            list(command), env=env, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstallableError(f"{Path(command[0]).name} does not run: {type(error).__name__}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it says nothing"]
        said = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise NotInstallableError(
            f"{Path(command[0]).name} failed: {_PASSWORD.sub('//...@', said)[:300]}",
            do="see that the package is in the registry, and that it has wheels for this machine",
        )


def _interpreter(version: str) -> str:
    ours = Path(sys.base_prefix) / "bin" / f"python{version}"
    found = str(ours) if ours.exists() else shutil.which(f"python{version}")
    if found is None:
        raise NotInstallableError(f"there is no Python {version} on this machine", do="install it, or uv")
    return found


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
