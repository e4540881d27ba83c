"""`standard.yaml` and `budgets.yaml` as they stand on disk; a saved change is in force with the next task."""

import json
import logging
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from muster.core.canonical import sha256_hex
from muster.core.settings import Settings
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.teams.errors import SpendingFileError
from muster.teams.manifest_problems import ManifestFile
from muster.teams.spending import load_fleet_limits
from muster.teams.standard import Standard
from muster.teams.standard_wording import StandardError, report_standard

_log = logging.getLogger(__name__)

_NOT_HERE = {
    "version": "remove it; the platform counts the versions",
    "fleet": "move it to budgets.yaml",
}


class StandardFile:
    """The standard in force, read anew when a file of it changed."""

    def __init__(self, path: Path, fleet_path: Path) -> None:
        self._path = path
        self._fleet_path = fleet_path
        self._seen: tuple[int, ...] = ()
        self._standard: Standard | None = None
        self._text = ""
        self.problem: StandardError | SpendingFileError | None = None
        """Why what was saved last is not in force; None when it is."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The company's own."""
        folder = settings.policies_dir
        return cls(folder / "standard.yaml", folder / "budgets.yaml")

    def current(self) -> Standard:
        """The standard as last saved; the last good one while what was saved since cannot be used.

        Raises:
            StandardError: no good one was read yet; it lists every problem with its line.
            SpendingFileError: no good one was read yet, and the fleet's limits cannot be used.
        """
        seen = (*_stamp(self._path), *_stamp(self._fleet_path))
        if self._standard is None or seen != self._seen:
            try:
                self._standard = self._read()
                self._text = standard_text(self._standard)
                self.problem = None
            except (StandardError, SpendingFileError) as error:
                if self._standard is None:
                    raise
                self.problem = error
                _log.error("the standard on disk is not in force, the last good one stays: %s", error)
            self._seen = seen
        return self._standard

    @property
    def text(self) -> str:
        """What is in force, defaults filled in, as the register keeps it: the same standard, the same text.

        Raises:
            StandardError: as `current`.
            SpendingFileError: as `current`.
        """
        self.current()
        return self._text

    def _read(self) -> Standard:
        fleet = load_fleet_limits(self._fleet_path)
        return load_standard(self._path).model_copy(update={"fleet": fleet})


def load_standard(path: Path) -> Standard:
    """The standard in `path`; the defaults when there is no such file. The fleet's limits are not in it.

    Raises:
        StandardError: the file cannot be read, is not YAML or breaks a rule; it lists every problem found.
    """
    if not path.exists():
        return Standard()
    file = _parse(path)
    assert isinstance(file.document, Mapping)
    for name, do in _NOT_HERE.items():
        if name in file.document:
            file.report((name,), f"{name} does not belong in the standard's file", do)
    values = {name: _said(value) for name, value in file.document.items() if name not in _NOT_HERE}
    values = {name: value for name, value in values.items() if value is not None}
    standard: Standard | None = None
    try:
        standard = Standard.model_validate(values)
    except ValidationError as error:
        report_standard(file, error)
    if standard is None or file.problems:
        raise StandardError(file.problems)
    return standard


def _said(node: object) -> object:
    """What a part of the file says: a name with nothing behind it says nothing."""
    if isinstance(node, Mapping):
        return {name: _said(value) for name, value in node.items() if value is not None}
    return node


def standard_text(standard: Standard) -> str:
    """The standard without its version, every field filled in, one line a field."""
    return json.dumps(standard.model_dump(exclude={"version"}), indent=2, default=_money) + "\n"


def _money(amount: Decimal) -> str:
    """The same for 2, 2.0 and 2.00, which are the same limit."""
    return f"{amount.normalize():f}"


async def recorded_label(ledger: PostgresLedger, text: str) -> str | None:
    """What decisions name the standard of that text by, such as `standard@3`; None before the first one.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    known = {"name": "standard", "sha256": sha256_hex(text.encode())}
    rows = await ledger.fetch(load("muster.ledger", "policy_version"), known)
    return f"standard@{rows[0]['version']}" if rows else None


def _parse(path: Path) -> ManifestFile:
    file = ManifestFile(path, {}, [])
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        file.report((), f"the standard cannot be read: {reason}", "make it a readable UTF-8 file")
    except MarkedYAMLError as error:
        what = f"not valid YAML: {str(error.problem or error).splitlines()[0]}"
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        file.report_at(line, what, "correct the YAML at this line")
    except YAMLError as error:
        file.report((), f"not valid YAML: {str(error).splitlines()[0]}", "correct the YAML")
    else:
        if document is None or isinstance(document, Mapping):
            file.document = document or {}
        else:
            file.report(
                (), "the standard is not a mapping of fields", "start it with a section, as `limits:`"
            )
    if file.problems:
        raise StandardError(file.problems)
    return file


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (-1, -1)
    return (stat.st_mtime_ns, stat.st_size)
