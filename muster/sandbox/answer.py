"""What a program came to, as whoever asked for it reads it."""

from dataclasses import dataclass
from typing import Any, Literal

Engine = Literal["expression", "program"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The end of one program. Everything in it is the program's own word; nobody vouches for it."""

    engine: Engine
    """How it ran: interpreted without libraries, or as a Python process of its own."""
    result: Any = None
    """The value of its last expression as JSON; null when it has none."""
    printed: str = ""
    error: str | None = None
    """What went wrong, for the program's author; null when nothing did."""

    def as_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "engine": self.engine,
            "result": self.result,
            "printed": self.printed,
            "error": self.error,
        }
