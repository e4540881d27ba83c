"""What one sandbox holds: which files of this machine, which Python, what kind of work."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

INSIDE = "/sandbox"
"""The folder of the sandbox's own things, as seen from inside."""
PACKAGES = f"{INSIDE}/packages"
WORK = f"{INSIDE}/work"
START = f"{INSIDE}/start.py"

_HERE = Path(__file__).parent
_LIBRARY_FOLDERS = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64")
_ALSO_READ = ("/etc/ld.so.cache", "/usr/share/zoneinfo")


@dataclass(frozen=True, slots=True)
class Room:
    """Everything a sandbox can see. What is not named here does not exist in it."""

    files: Mapping[str, Path]
    """Path inside -> file or folder of this machine, all read-only."""
    work_bytes: int | None = None
    """Size of the working folder, the one place that can be written; none when null."""
    may_fork: bool = False
    """Whether processes may be started; only for our own code that reads no stranger's bytes itself."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The whole environment beside LANG and HOME."""


def python_files() -> dict[str, Path]:
    """The interpreter, its standard library, and the shared libraries of the system."""
    files = {path: Path(path) for path in (*_LIBRARY_FOLDERS, *_ALSO_READ) if os.path.exists(path)}
    interpreter = python()
    files[interpreter] = Path(interpreter)
    library = Path(sys.base_prefix).resolve() / "lib"
    if not library.is_relative_to("/usr/lib"):
        files[str(library)] = library
    files[START] = _HERE / "inside" / "start.py"
    return files


def program_room(packages: Mapping[str, Path], *, work_bytes: int) -> Room:
    """The room of one program an agent wrote: Python, some libraries, an empty folder."""
    own = {f"{PACKAGES}/muster/sandbox/inside": _HERE / "inside"}
    libraries = {f"{PACKAGES}/{name}": place for name, place in packages.items()}
    return Room(files=python_files() | libraries | own, work_bytes=work_bytes, variables=FEW_THREADS)


def interpreter_room(files: Mapping[str, Path]) -> Room:
    """The room of another interpreter: its own file, and Python to start it with."""
    return Room(files=python_files() | dict(files))


def reading_room(packages: Mapping[str, Path]) -> Room:
    """The room of the document reader: Python, parsers, nothing that can be written."""
    own = {f"{PACKAGES}/muster/{name}": _HERE.parent / name for name in ("core", "sandbox", "__init__.py")}
    libraries = {f"{PACKAGES}/{name}": place for name, place in packages.items()}
    return Room(files=python_files() | libraries | own, may_fork=True)


def python() -> str:
    """The real path of this interpreter, which virtual environments only point to."""
    return os.path.realpath(sys.executable)


FEW_THREADS = {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
"""Libraries would else start a thread for every processor of the machine."""
