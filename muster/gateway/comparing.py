"""What is to be made of a server's tools: each definition beside the pinned one and what was confirmed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from muster.gateway.adding.proposal import propose
from muster.gateway.definition import Definition, digest, nameless_digest, pinned_part, problem_with
from muster.gateway.plain import NotPlainError
from muster.gateway.protocol import header_problem
from muster.gateway.registration import Registration, ToolRegistration
from muster.ledger.events import Effect

Finding = Literal["pinned", "unchanged", "changed", "restored", "renamed", "unconfirmed", "broken", "gone"]
Status = Literal["active", "quarantined"]


@dataclass(frozen=True, slots=True)
class Known:
    """A tool as the registry has it."""

    effect: Effect
    status: Status
    definition: Definition
    definition_sha256: str
    agreed: Definition | None
    """The definition a person last agreed to, where that is not the present one."""
    capabilities: str


@dataclass(frozen=True, slots=True)
class Look:
    """What looking at one tool came to."""

    tool: str
    effect: Effect
    status: Status
    finding: Finding
    note: str
    definition: Definition
    definition_sha256: str
    proposed: Mapping[str, Any] | None = None
    """What it seems to do, where no person has said it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One server's tools beside the registry's."""

    server: str
    known: Mapping[str, Known]
    registration: Registration
    capabilities: str = ""
    """Canonical hash of the client capabilities the tools were listed under; empty for none."""

    def of(self, definitions: Iterable[Mapping[str, Any]]) -> list[Look]:
        """Every tool the server has, and those it has no more, in order of name."""
        given = [each for each in definitions if isinstance(each, Mapping)]
        names = Counter(str(each.get("name")) for each in given)
        by_name = {str(each.get("name")): each for each in given}
        gone = [name for name in self.known if name not in names]
        looks = [self._looked_at(name, by_name[name], names[name], gone) for name in sorted(names)]
        return looks + [self._gone(name) for name in sorted(gone)]

    def _looked_at(self, name: str, definition: Mapping[str, Any], times: int, gone: Sequence[str]) -> Look:
        registered = self._registered(name)
        try:
            part = pinned_part(definition)
            problem = problem_with(part) or header_problem(part["inputSchema"])
        except NotPlainError as error:
            part, problem = {"name": name, "inputSchema": {"type": "object"}}, str(error)
        if times > 1:
            problem = "the server has several tools of this name"
        known = self.known.get(name)
        sha256 = digest(part)
        proposed = None
        effect: Effect = known.effect if known is not None else "destructive"
        if registered is not None:
            effect = registered.effect
        elif known is None or known.status == "quarantined":
            proposed = _proposed(self.server, part)

        def look(status: Status, finding: Finding, note: str = "") -> Look:
            return Look(name, effect, status, finding, note, part, sha256, proposed)

        if known is not None and known.definition_sha256 == sha256:
            return look(*self._same(known, registered, name, problem))
        if problem is not None:
            return look("quarantined", "broken", problem)
        if known is not None:
            if known.agreed is not None and digest(known.agreed) == sha256:
                return look("active", "restored", "it is again as a person agreed to it")
            return look("quarantined", "changed", "its definition is not the pinned one")
        former = next((old for old in gone if _is_renamed(self.known[old].definition, part)), None)
        if former is not None and not self._is_named(name):
            return look("quarantined", "renamed", f"it was {former}, with the same definition")
        if registered is None:
            return look("quarantined", "unconfirmed", "nobody has said what it does")
        return look("active", "pinned")

    def _same(
        self, known: Known, registered: ToolRegistration | None, name: str, problem: str | None
    ) -> tuple[Status, Finding, str]:
        """The definition is the pinned one; what was registered, or declared, may be another."""
        if known.status == "quarantined" and known.agreed is None and self._is_named(name) and not problem:
            return "active", "pinned", "it was confirmed"
        if registered is not None and registered.effect != known.effect:
            return known.status, "pinned", f"was registered as {known.effect}"
        if self.capabilities != known.capabilities:
            return known.status, "pinned", "it is listed under other client capabilities"
        return known.status, "unchanged", ""

    def _gone(self, name: str) -> Look:
        """The tool stays in the registry, and calls to it fail."""
        known = self.known[name]
        note = "the server has it no more"
        return Look(name, known.effect, known.status, "gone", note, known.definition, known.definition_sha256)

    def _registered(self, name: str) -> ToolRegistration | None:
        """What a person confirmed; `*` speaks for the tools a server had then, not for later ones."""
        if name in self.known or not self.known or self._is_named(name):
            return self.registration.of(self.server, name)
        return None

    def _is_named(self, name: str) -> bool:
        return name in self.registration.servers.get(self.server, {})


def _is_renamed(before: Definition, now: Definition) -> bool:
    return nameless_digest(before) == nameless_digest(now)


def _proposed(server: str, definition: Definition) -> dict[str, Any]:
    proposal = propose(server, definition)
    return {
        "registration": proposal.registration.model_dump(mode="json", exclude_defaults=True),
        "sure": proposal.sure,
        "because": list(proposal.because),
    }
