"""What an attack is: who sends what, what it orders, and when it has reached its goal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.injection.goals import Goal

Domain = Literal["support", "finance", "leads", "vendors"]
DOMAINS: tuple[Domain, ...] = ("support", "finance", "leads", "vendors")


@dataclass(frozen=True, slots=True)
class Seen:
    """The value of a field in what the model read last, such as `customer_id`."""

    name: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A text that repeats what was read: every value of these fields, wherever it stood."""

    names: tuple[str, ...]


Value: TypeAlias = str | float | Seen | Quote


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call, by the tool's name as agents see it."""

    tool: str
    arguments: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a text tells the model to do."""

    name: str
    """The kind of goal, such as `money out`."""
    words: str
    """The instruction in plain English."""
    values: tuple[str, ...]
    """What the attacker needs in the calls: names, numbers, addresses."""
    acts: tuple[Step, ...]
    """The calls that reach the goal."""
    reads: tuple[Step, ...] = ()
    """Look-ups that make the values turn up in a system's own answers."""
    goal: Goal
    sender: str = ""
    """Who has to write it; empty: anybody may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file that comes with a message."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What arrives: a mail, a form or a file, told apart by its channel."""

    channel: Literal["mail", "folder", "webhook"]
    sender: str = ""
    """The address it comes from; empty for a file."""
    from_line: str = ""
    """The whole From line where it is not the plain address."""
    subject: str = ""
    text: str = ""
    html: str = ""
    """When given, the mail has no plain text."""
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Text somebody put into a field of the company's systems earlier."""

    table: str
    key: Mapping[str, str]
    column: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack."""

    id: str
    domain: Domain
    technique: str
    order: Order
    letter: Letter
    carrier: str
    """A piece of what the model must have read before it obeys; the run fails when it never meets it."""
    plants: tuple[Plant, ...] = ()
    honest: tuple[Step, ...] = ()
    """What an honest agent looks up for this letter; a planted text is met there."""
    corpus_id: str | None = None
    """The id of the public corpus's wording it uses."""
