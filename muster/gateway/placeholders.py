"""`${...}` in an mcpServers JSON: variables of the environment, and secrets of the system's keyring.

What is filled in for a credential is kept apart, so that it can be struck out wherever it turns up again.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from muster.gateway import keyring_secrets
from muster.gateway.errors import McpServersError

_PLACEHOLDER = re.compile(
    r"\$\{(?:keyring:(?P<service>[^/}]+)/(?P<entry>[^}]+)"
    r"|(?:env:)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?"
    r"|(?P<slash>/))\}"
)
_SECRET_NAME = re.compile(
    r"key|token|secret|passw|pwd|credential|auth(?!or(?!iz))|cookie|bearer|session|(^|[_-])(pat|dsn|jwt)($|[_-])",
    re.IGNORECASE,
)
_SHORTEST_SECRET: Final = 6
_OF_THE_EDITOR: Final = frozenset({"workspaceFolder", "workspaceFolderBasename", "workspaceRoot"})


@dataclass(slots=True)
class Filling:
    """Fills in placeholders of one server's entry and remembers the secrets among what it filled in."""

    variables: Mapping[str, str]
    where: str
    secrets: set[str] = field(default_factory=set, repr=False)

    def plain(self, text: str) -> str:
        """`text` filled in where others can read it (a command line, an address): no secret of a keyring.

        Raises:
            McpServersError: a variable is not set, or the keyring is asked for.
        """
        return self._filled(text, secret=False, keyring=False)

    def private(self, name: str, text: str) -> str:
        """The value of the variable or header `name`, filled in.

        Raises:
            McpServersError: a variable is not set, or the keyring has no such secret.
        """
        return self._filled(text, secret=looks_secret(name), keyring=True)

    def _filled(self, text: str, *, secret: bool, keyring: bool) -> str:
        def value(match: re.Match[str]) -> str:
            if match["slash"]:
                return os.sep
            if match["service"] is None:
                found = self._variable(match)
                if secret or looks_secret(match["name"]):
                    self._remember(found)
                return found
            if not keyring:
                raise McpServersError(
                    "a keyring secret stands in a command, an argument or an address: others read it",
                    where=self.where,
                    do="put it into env or headers",
                )
            found = keyring_secrets.secret(match["service"], match["entry"], where=self.where)
            self._remember(found)
            return found

        filled = _PLACEHOLDER.sub(value, text)
        if secret and filled == text:
            self._remember(text)
        return filled

    def _variable(self, match: re.Match[str]) -> str:
        """The variable's value; its name, never its value, is shown when there is none."""
        name = match["name"]
        if name in _OF_THE_EDITOR:
            raise McpServersError(
                f"${{{name}}} is known to the editor only", where=self.where, do="write the folder itself"
            )
        if name == "userHome" and name not in self.variables:
            return str(Path.home())
        value = self.variables.get(name) or match["default"]
        if value is None:
            raise McpServersError(f"the variable {name} is not set", where=self.where, do=f"set {name}")
        return value

    def _remember(self, value: str) -> None:
        self.secrets |= {part for part in _parts(value) if len(part) >= _SHORTEST_SECRET}


def looks_secret(name: str) -> bool:
    """Whether a variable or header of that name holds a credential, going by the name."""
    return _SECRET_NAME.search(name) is not None


def has_placeholder(text: str) -> bool:
    """Whether something is to be filled in."""
    return _PLACEHOLDER.search(text) is not None


def _parts(value: str) -> set[str]:
    """A credential as it stands, without its scheme (`Bearer ...`), and the password of an address."""
    parts = {value, value.strip(), value.strip().rpartition(" ")[2]}
    if "://" in value:
        try:
            password = urlsplit(value).password
        except ValueError:
            password = None
        parts |= {password} if password else set()
    return parts
