"""Strikes the credentials the gateway hands to a server out of whatever comes back from it."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

MASK: Final = "[credential]"


class Mask:
    """Knows the credentials of one server."""

    def __init__(self, secrets: frozenset[str]) -> None:
        self._secrets = sorted(secrets, key=len, reverse=True)

    def text(self, text: str) -> str:
        """`text` without them."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value without them, the same object where there are none."""
        return self._struck(value) if self._secrets else value

    @contextmanager
    def log(self, path: Path) -> Iterator[IO[str]]:
        """A file for a subprocess's error output, which ends up at `path` without them while it runs."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not self._secrets:
            with path.open("a", encoding="utf-8") as file:
                yield file
            return
        read_end, write_end = os.pipe()
        threading.Thread(target=self._copy, args=(read_end, path), daemon=True).start()
        with os.fdopen(write_end, "w", encoding="utf-8") as file:
            yield file

    def _copy(self, read_end: int, path: Path) -> None:
        with (
            os.fdopen(read_end, encoding="utf-8", errors="replace") as lines,
            path.open("a", encoding="utf-8") as file,
        ):
            for line in lines:
                file.write(self.text(line))
                file.flush()

    def _struck(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(key): self._struck(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._struck(item) for item in value]
        return value
