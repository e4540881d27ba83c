"""Where a value stands that nobody vouches for: what a person who decides wants to know first."""

from collections.abc import Iterable

from muster.gateway.provenance.call import Leaf
from muster.gateway.provenance.passage import Passage
from muster.gateway.provenance.task import TaskWords

_LONGEST = 80


def shown(value: object) -> str:
    """A value in a sentence: one line, not long, nothing invisible."""
    text = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def place_of(leaf: Leaf, words: TaskWords, heard: Iterable[tuple[str, Passage]]) -> str:
    """Where the value stands, in words.

    Args:
        heard: the answers of the run, each with the call that gave it.
    """
    if words.text.holds(leaf.value):
        return "it stands in the text of the task"
    if words.attachments.holds(leaf.value):
        return "it stands in an attachment of the task"
    for origin, passage in heard:
        if passage.has(leaf.spelling.text):
            return f"it stands in the answer of {origin}, in what the task has not chosen"
    return "it stands nowhere in what the run was given, as it is written here"
