"""What was in force at a moment of the past: manifests, phases, tools, the standard, the model table."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from muster.gateway.caller import Grant
from muster.gateway.catalogue import active_tools
from muster.gateway.grants import grants_in
from muster.gateway.registration import Registration
from muster.gateway.tool import PinnedTool
from muster.ledger.events import ClientGranted, Phase, PhaseChanged, PolicyChanged, TeamDeployed, ToolPinned
from muster.models.table import ModelTable
from muster.teams.manifest_model import TeamManifest
from muster.teams.standard import Standard
from muster.whatif.recorded import Recorded

Value = TypeVar("Value")
Model = TypeVar("Model", bound=BaseModel)

KINDS: Final = ("team.deployed", "phase.changed", "tool.pinned", "policy.changed", "client.granted")
"""What it is read from, from the beginning of the record."""


class InForce:
    """The rules of the past, as the record kept them; null where it did not."""

    def __init__(self, events: Iterable[Recorded], registration: Registration) -> None:
        """
        Args:
            events: of `KINDS`, in order.
            registration: which argument plays which part; the record does not keep it, so it is today's.
        """
        self._registration = registration
        self._manifests: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._read: dict[tuple[str, int], TeamManifest | None] = {}
        self._phases: defaultdict[str, list[tuple[datetime, Phase]]] = defaultdict(list)
        self._clients: defaultdict[str, list[tuple[datetime, Grant]]] = defaultdict(list)
        self._policies: dict[str, str] = {}
        self._standards: dict[str, Standard | None] = {}
        self._tables: dict[str, ModelTable | None] = {}
        self._pinned: list[tuple[int, ToolPinned]] = []
        self._shelves: dict[int, dict[str, PinnedTool]] = {}
        for entry in events:
            self._take_in(entry)

    def manifest(self, team: str, version: int) -> TeamManifest | None:
        """That version of the team as it was deployed."""
        key = (team, version)
        if key not in self._read:
            written = self._manifests.get(key)
            self._read[key] = None if written is None else _readable(TeamManifest, written)
        return self._read[key]

    def grant(self, team: str, version: int, agent: str) -> Grant | None:
        """What that version of the team granted the agent."""
        return grants_in(self._manifests.get((team, version), {})).get(agent)

    def client(self, client: str, at: datetime) -> Grant | None:
        """What an outside client was granted by then."""
        return _last(self._clients.get(client, []), at)

    def phase(self, who: str, at: datetime) -> Phase | None:
        """The phase the agent was granted by then; null when nobody had decided about it."""
        return _last(self._phases.get(who, []), at)

    def tools(self, seq: int) -> dict[str, PinnedTool]:
        """The tools that were active at that place of the record, by the names agents know."""
        place = bisect_right(self._pinned, seq, key=lambda pinned: pinned[0])
        if place not in self._shelves:
            rows = {(pin.server, pin.tool): pin for _, pin in self._pinned[:place]}
            values = [pin.model_dump() for pin in rows.values() if pin.definition is not None]
            self._shelves[place] = active_tools(values, self._registration)
        return self._shelves[place]

    def standard(self, label: str | None) -> Standard | None:
        """The standard of that label, such as `standard@3`."""
        return _kept(self._standards, Standard, self._policies, label or "")

    def model_table(self, label: str | None) -> ModelTable | None:
        """The model table of that label, such as `models@3`."""
        return _kept(self._tables, ModelTable, self._policies, label or "")

    def _take_in(self, entry: Recorded) -> None:
        match entry.event:
            case TeamDeployed(version=version, manifest=dict(manifest)):
                self._manifests[entry.team or manifest["team"], version] = manifest
            case PhaseChanged(who=who, phase=phase):
                self._phases[who].append((entry.at, phase))
            case PolicyChanged(name=name, version=version, text=text):
                self._policies[f"{name}@{version}"] = text
            case ClientGranted() as granted:
                grant = Grant(tier=granted.tier, phase=granted.phase, tools=frozenset(granted.tools))
                self._clients[granted.client].append((entry.at, grant))
            case ToolPinned() as pinned:
                self._pinned.append((entry.seq, pinned))
            case _:
                pass


def _last(changes: Sequence[tuple[datetime, Value]], at: datetime) -> Value | None:
    """What held at `at`, of changes in order of time."""
    place = bisect_right(changes, at, key=lambda change: change[0])
    return changes[place - 1][1] if place else None


def _readable(model: type[Model], written: Mapping[str, Any]) -> Model | None:
    try:
        return model.model_validate(written)
    except ValidationError:
        return None


def _kept(
    read: dict[str, Model | None], model: type[Model], texts: Mapping[str, str], label: str
) -> Model | None:
    """The policy of that label, read from its text once."""
    if label not in read:
        text = texts.get(label)
        read[label] = None if text is None else _parsed(model, text)
    return read[label]


def _parsed(model: type[Model], text: str) -> Model | None:
    try:
        return model.model_validate_json(text)
    except ValidationError:
        return None
