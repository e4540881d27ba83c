"""`models.yaml` as it stands on disk: a saved change is in force with the next call, a broken one is not."""

import difflib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from muster.models.errors import ModelTableError
from muster.models.table import ModelChoice, ModelTable, OwnPrice, RoleLimits

__all__ = ["ModelChoice", "ModelTable", "ModelTableFile", "OwnPrice", "RoleLimits", "load_table"]

log = logging.getLogger(__name__)

_SECTIONS: dict[int, dict[str, type[BaseModel]]] = {
    1: {"": ModelTable},
    3: {"roles": ModelChoice, "price_per_mtok": OwnPrice},
    4: {"roles": RoleLimits},
}
"""What the fields are part of, by their depth in the file and its first key."""


class ModelTableFile:
    """`models.yaml`, read anew when it changed; the last good table stays while it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._table: ModelTable | None = None
        self._text = ""
        self.problem: ModelTableError | None = None
        """Why what was saved last is not in force; null when it is."""

    def current(self) -> ModelTable:
        """The table in force: as last saved, or the last good one while that cannot be used.

        Raises:
            ModelTableError: no good table was read yet.
        """
        seen = self._stamp()
        if self._table is None or seen != self._seen:
            try:
                self._put_in_force(load_table(self.path))
                self.problem = None
            except ModelTableError as error:
                self.problem = error
                if self._table is None:
                    raise
                log.error("the saved model table is not in force, the last good one stays: %s", error)
            self._seen = seen
        return self._table  # type: ignore[return-value]  # one of the two branches above has set it or raised

    @property
    def text(self) -> str:
        """The table in force as the register of policies keeps it.

        Raises:
            ModelTableError: no good table was read yet.
        """
        self.current()
        return self._text

    def keep(self, text: str) -> None:
        """Put a table of the register in force until a good file is there.

        Raises:
            ModelTableError: the text is no table of today's form.
        """
        try:
            self._put_in_force(ModelTable.model_validate_json(text))
        except ValidationError as error:
            raise ModelTableError(
                f"the recorded table is of another form: {error.errors()[0]['msg']}"
            ) from error
        self._seen = self._stamp()
        log.error("the saved model table is not in force, the last recorded one is: %s", self.problem)

    def _put_in_force(self, table: ModelTable) -> None:
        self._table, self._text = table, table.text()

    def _stamp(self) -> tuple[int, int, int]:
        try:
            stat = self.path.stat()
        except OSError:
            return (-1, -1, -1)
        return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def load_table(path: Path) -> ModelTable:
    """The table in `path`.

    Raises:
        ModelTableError: the file is missing, is not YAML or does not fit; it says in which line.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return ModelTable.model_validate(YAML(typ="safe").load(text))
    except OSError as error:
        raise ModelTableError(f"cannot read it: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise ModelTableError("it is not UTF-8 text", where=str(path)) from error
    except MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f":{error.problem_mark.line + 1}"
        raise ModelTableError(f"not YAML: {error.problem or error}", where=f"{path}{line}") from error
    except YAMLError as error:
        raise ModelTableError(f"not YAML: {error}", where=str(path)) from error
    except ValidationError as error:
        # a misspelt field is also a missing one: the former says more
        first = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelTableError(
            f"{place}: {first['msg']}", where=f"{path}:{_line(text, first['loc'])}", do=_advice(first)
        ) from error


def _line(text: str, at: Sequence[str | int]) -> int:
    """The line, from 1, of the deepest part of `at` that is in the file."""
    node: Any = YAML(typ="rt").load(text)
    line = 1
    for step in at:
        if not isinstance(node, dict) or step not in node:
            break
        line = int(node.lc.key(step)[0]) + 1  # type: ignore[attr-defined]  # ruamel's mappings know their lines
        node = node[step]
    return line


def _advice(problem: ErrorDetails) -> str | None:
    if problem["type"] != "extra_forbidden":
        return None
    at = problem["loc"]
    sections = _SECTIONS.get(len(at), {})
    section = sections.get("" if len(at) == 1 else str(at[0]))
    known = list(section.model_fields) if section else []
    close = difflib.get_close_matches(str(at[-1]), known, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"remove it; fields here are {', '.join(known)}" if known else "remove it"
