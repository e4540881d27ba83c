"""A task's words, and which of them can be asked about."""

import re
from dataclasses import dataclass
from functools import cached_property

from muster.gateway.provenance.passage import Passage
from muster.gateway.provenance.spelling import Spelling, spelt

_IN_BRACKETS = re.compile(r"<([^<>]+)>\s*$")
_QUOTED = re.compile(r"^\s*(?:>|\|)")
_QUOTE_BEGINS = re.compile(
    r"""^\s*(?:-{2,}\s*(?:original|ursprüngliche|forwarded|weitergeleitete|message|mensaje|begin)\b.*
        |_{10,}\s*
        |(?:on|am|le|el|il|op)\b.{5,200}\b(?:wrote|schrieb.*|a\ écrit|escribió|ha\ scritto|schreef)\s*:
        |(?:from|von|de|da)\s*:\ .*@.*)\s*$""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskGiven:
    """A task as it was given."""

    source: str
    """Where it came from, such as `mail:support@company.example`."""
    channel: str
    sender: str | None
    """The address the channel says it came from."""
    subject: str
    text: str
    attachments: tuple[str, ...] = ()
    """Texts of its attachments."""


class TaskWords:
    """The parts of a task a rule may name, each searchable; without a task nothing is said by anybody."""

    def __init__(self, task: TaskGiven | None) -> None:
        self._task = task

    @cached_property
    def sender(self) -> Spelling | None:
        """The sender's address, without the name beside it."""
        if self._task is None or not self._task.sender:
            return None
        inside = _IN_BRACKETS.search(self._task.sender)
        return spelt((inside[1] if inside else self._task.sender).strip())

    @cached_property
    def sender_domain(self) -> Spelling | None:
        """What stands after the `@` of the sender's address."""
        if self.sender is None or self.sender.text.count("@") != 1:
            return None
        return spelt(self.sender.text.partition("@")[2])

    @cached_property
    def subject(self) -> Passage:
        """The subject line."""
        return Passage(self._task.subject if self._task else "")

    @cached_property
    def text(self) -> Passage:
        """Subject and text."""
        return Passage(f"{self._task.subject}\n{self._task.text}" if self._task else "")

    @cached_property
    def own_text(self) -> Passage:
        """Subject and text without what the sender quotes or forwards."""
        return Passage(f"{self._task.subject}\n{_own_words(self._task.text)}" if self._task else "")

    @cached_property
    def attachments(self) -> Passage:
        """The attachments."""
        return Passage("\n".join(self._task.attachments) if self._task else "")

    @cached_property
    def content(self) -> Passage:
        """All of it."""
        if self._task is None:
            return Passage("")
        return Passage("\n".join((self._task.subject, self._task.text, *self._task.attachments)))


def _own_words(text: str) -> str:
    own: list[str] = []
    for line in text.splitlines():
        if _QUOTE_BEGINS.match(line):
            break
        if not _QUOTED.match(line):
            own.append(line)
    return "\n".join(own)
