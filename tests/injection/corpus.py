"""Wordings of the public corpus `bastioncorpus` (MIT), each under its own id."""

from dataclasses import dataclass

from bastioncorpus import load_corpus

_CANARY = "MUSTER-CANARY-7"


@dataclass(frozen=True, slots=True)
class Wording:
    """How somebody else words an attack."""

    id: str
    text: str

    def before(self, order: str) -> str:
        """The wording with an order of ours behind it."""
        return f"{self.text}\n{order}"


def wordings() -> list[Wording]:
    """Every malicious row, in the corpus's order."""
    return [Wording(row.id, row.render(_CANARY)) for row in load_corpus() if row.is_malicious]
