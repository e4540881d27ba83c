"""Whom the company trusts about where money, messages and changes go (provenance.yaml)."""

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_TASK = r"task\.(sender|sender_domain|subject|text|own_text|attachments|content)"
_SOURCE = rf"^({_TASK}|row\.[\w-]+|[A-Za-z0-9_-]+__[A-Za-z0-9_-]+\.[\w-]+|agent)$"

_WORDS = frozenset(
    {"task.subject", "task.text", "task.own_text", "task.attachments", "task.content", "agent"}
)

SourceText = Annotated[str, Field(pattern=_SOURCE)]
"""`task.sender`, `task.own_text`, `row.<kind>`, `<server>__<tool>.<kind>`, `agent` and the like."""
Values: TypeAlias = tuple[str | int | float | bool, ...]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int | float | bool) else value


def _listed_source(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, strict=False)


class AtMost(_Strict):
    """A number not below 0 and not above a bound."""

    at_most: Decimal | SourceText
    """The bound itself, or where it stands; of several numbers there, the largest."""
    plus: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """How much more is let through, in the same unit."""


class OneOf(_Strict):
    """One of the values written here."""

    one_of: Annotated[Values, Field(min_length=1)]


Source = SourceText | AtMost | OneOf
Sources = Annotated[tuple[Source, ...], BeforeValidator(_listed_source), Field(min_length=1)]
Texts = Annotated[tuple[SourceText, ...], BeforeValidator(_listed), Field(min_length=1)]


class Bounds(_Strict):
    """A range a number must lie in."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def holds(self, number: Decimal) -> bool:
        """Whether `number` lies in the range, its ends included."""
        above = self.at_least is None or number >= self.at_least
        return above and (self.at_most is None or number <= self.at_most)


Condition = Annotated[Bounds | Values, BeforeValidator(_listed)]


class Rule(_Strict):
    """What else may explain a value, in words a team owner can read."""

    rule: str
    """Its name, which people see where it explained something."""
    why: str = ""
    teams: tuple[str, ...] = ("*",)
    agents: tuple[str, ...] = ("*",)
    """As `agent` or `team/agent`."""
    tools: tuple[str, ...] = ("*",)
    """Tools whose arguments it explains, as agents see them."""
    arguments: dict[str, Sources] = {}
    """Where the value of an argument may come from."""
    anchors: dict[str, Texts] = {}
    """By kind: a row one of whose identifying values is this value is chosen by the task."""
    where: dict[str, Condition] = {}
    """By kind: what must be said for the rule to count, by the row that gives the value; where that row says
    nothing of the kind, by the rows the call is about; else by a chosen row."""
    agree: tuple[str, ...] = ()
    """Kinds in which the rows that explain the rule's arguments must have a value in common."""

    vouches: bool = False
    """Whether the values it lets through from words of others count as the company's own from then on:
    reading them back from the system they were written into explains them."""

    @model_validator(mode="after")
    def _says_something(self) -> "Rule":
        if not self.arguments and not self.anchors:
            raise ValueError("a rule needs arguments or anchors")
        return self

    @property
    def origin(self) -> str:
        """How the values it explains are labelled."""
        return f"rule {self.rule}"

    def without_words(self) -> "Rule | None":
        """What is left of the rule when words of a message and the agent's own decisions explain nothing."""
        arguments = {name: kept for name, each in self.arguments.items() if (kept := _sure(each))}
        anchors = {kind: kept for kind, each in self.anchors.items() if (kept := _sure(each))}
        if not arguments and not anchors:
            return None
        return self.model_copy(update={"arguments": arguments, "anchors": anchors})

    def counts_for(self, team: str, agent: str) -> bool:
        """Whether it is a rule of this agent's."""
        return any(fnmatchcase(team, each) for each in self.teams) and any(
            fnmatchcase(name, each) for each in self.agents for name in (agent, f"{team}/{agent}")
        )

    def explains(self, tool: str, argument: str) -> bool:
        """Whether it says anything about this argument."""
        return argument in self.arguments and any(fnmatchcase(tool, each) for each in self.tools)


def _sure(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    return tuple(each for each in sources if each not in _WORDS)


class ProvenancePolicy(_Strict):
    """The policy as people write it; an empty one trusts nothing and nobody."""

    trusted_sources: tuple[str, ...] = ()
    """Channels or sources of tasks whose words the company itself wrote, such as `schedule`; `*` matches."""
    known: dict[str, tuple[str, ...]] = {}
    """By kind, values that are always explained; `*` stands for any signs but those that part values."""
    rules: tuple[Rule, ...] = ()

    def trusts(self, channel: str, source: str) -> bool:
        """Whether the words of a task that came this way count as the company's own."""
        return any(fnmatchcase(channel, each) or fnmatchcase(source, each) for each in self.trusted_sources)

    def rules_of(self, team: str, agent: str) -> tuple[Rule, ...]:
        """The rules that count for one agent."""
        return tuple(rule for rule in self.rules if rule.counts_for(team, agent))
