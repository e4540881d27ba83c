"""An agent at work: the conversation, the letter in it, and whether it is having a bad day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from muster.models.rehearsal.chance import Chance
from muster.models.rehearsal.conversation import Conversation
from muster.models.rehearsal.reading.language import Language, language_of
from muster.models.rehearsal.reading.letter import Letter, read_letter
from muster.models.rehearsal.reading.wishes import Reading, read_wishes
from muster.models.rehearsal.script import Script


@dataclass(frozen=True)
class Work:
    """What a skill has before it."""

    talk: Conversation
    chance: Chance
    slip: str = ""
    """The honest mistake this agent makes in this conversation; empty for none."""

    @cached_property
    def letter(self) -> Letter:
        return read_letter(self.talk.task.body)

    @cached_property
    def language(self) -> Language:
        """The language of the message."""
        own = self.letter.fresh
        return language_of(own if len(own) > 20 else f"{self.talk.task.subject}\n{own}")

    @cached_property
    def message(self) -> str:
        """Subject and own words of the message."""
        return f"{self.talk.task.subject}\n{self.letter.fresh}"

    @cached_property
    def reading(self) -> Reading:
        """What the message asks for."""
        return read_wishes(self.message)

    def slips(self, mistake: str) -> bool:
        """Whether the agent makes this mistake."""
        return self.slip == mistake

    def fact(self, *keys: str) -> str:
        """The first of these facts a colleague has established; empty when none has."""
        return next((self.talk.facts[key] for key in keys if self.talk.facts.get(key)), "")


@dataclass(frozen=True, slots=True)
class Skill:
    """A kind of work: when an agent can do it, how, and what can go wrong."""

    name: str
    needs: Sequence[str]
    """Operations an agent must be offered to do this work."""
    script: Callable[[Work], Script]
    mistakes: Sequence[str] = ()
    """Honest mistakes a person could make at this work."""
