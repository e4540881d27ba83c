"""A proposed registration of one tool: what a person is asked to confirm."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muster.gateway.adding.arguments import arguments_of
from muster.gateway.adding.effects import guess
from muster.gateway.adding.returns import returns
from muster.gateway.adding.roles import roles, unpriced
from muster.gateway.registration import ToolRegistration


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a tool seems to be."""

    registration: ToolRegistration
    sure: bool
    """Whether its name says it and nothing speaks against it."""
    because: tuple[str, ...]
    """Why, in words for the person who confirms."""


def propose(server: str, definition: Mapping[str, Any]) -> Proposal:
    """What the tool of that definition seems to do, and the parts its arguments seem to play."""
    schema = definition.get("inputSchema")
    arguments = arguments_of(schema if isinstance(schema, Mapping) else {})
    found = guess(server, definition, arguments)
    parts = roles(found.effect, arguments)
    reasons = list(found.because)
    if unpriced(found.effect, parts):
        reasons.append("no argument says how much: name a price lookup, or every call waits for a person")
    answer = returns(server, definition)
    if answer:
        parts["returns"] = answer
        reasons.append("the ids in its answer are taken as the system's own")
    if found.leaves_company:
        parts["leaves_company"] = True
    registration = ToolRegistration.model_validate({"effect": found.effect, **parts})
    return Proposal(registration, found.sure, tuple(reasons))
