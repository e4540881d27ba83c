"""What a deployment does with prompts: the files' texts become versions, and come into force."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from muster.core.canonical import sha256_hex
from muster.ledger.events import EventContext
from muster.ledger.postgres import LedgerTransaction
from muster.teams.prompt_register import (
    Activation,
    PromptVersion,
    activate_within,
    add_within,
    in_force,
    versions_within,
)
from muster.teams.prompts import named

DEPLOYED = "deployed with the team's files"
WITHDRAWN = "the team's manifest names it no more"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A prompt of which the files' version is not in force, because a person put another one there."""

    prompt: str
    """`team/agent`, and ` for <transaction type>`."""
    in_force: int
    in_files: int


@dataclass
class PromptChanges:
    """What became of a deployment's prompts, by `team/agent` and ` for <transaction type>`."""

    added: list[str] = field(default_factory=list)
    activated: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    held_back: list[HeldBack] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.activated or self.withdrawn)


class Step(Enum):
    """What is to be done with one file's text."""

    NOTHING = auto()
    ACTIVATE = auto()
    """The text is known; it comes into force."""
    ADD = auto()
    """The text becomes a version and comes into force."""
    ADD_ONLY = auto()
    """The text becomes a version; a later one that a person put in force stays."""
    HOLD_BACK = auto()
    """The text is known, and a person put another version in force since."""


def step(versions: list[PromptVersion], sha256: str) -> Step:
    """What is to be done with a file's text, from the prompt's versions so far, newest first."""
    from_files = next((one for one in versions if one.origin == "files"), None)
    present = in_force(versions)
    if from_files is not None and from_files.sha256 == sha256:
        if present is None:
            return Step.ACTIVATE
        return Step.NOTHING if present.version == from_files.version else Step.HOLD_BACK
    by_hand_since = (
        present is not None
        and present.origin == "hand"
        and (from_files is None or present.version > from_files.version)
        and present.sha256 != sha256
    )
    return Step.ADD_ONLY if by_hand_since else Step.ADD


async def deploy_prompts(
    transaction: LedgerTransaction, where: EventContext, team: str, texts: Mapping[tuple[str, str], str]
) -> PromptChanges:
    """Bring the register up to the files; the transaction holds the team's lock.

    Args:
        texts: by agent name and transaction type.
    """
    known: defaultdict[tuple[str, str], list[PromptVersion]] = defaultdict(list)
    for one in await versions_within(transaction, team):
        known[one.agent, one.transaction_type].append(one)
    changes = PromptChanges()
    for (agent, kind), text in texts.items():
        here = replace(where, agent=agent)
        await _deploy_one(transaction, here, (f"{team}/{agent}", kind), text, known, changes)
    for (agent, kind), versions in known.items():
        present = in_force(versions)
        name = agent.partition("/")[2]
        if kind and present is not None and present.origin == "files" and (name, kind) not in texts:
            change = Activation(agent, kind, None, present.version)
            await activate_within(transaction, replace(where, agent=name), change, WITHDRAWN)
            changes.withdrawn.append(named(agent, kind))
    return changes


async def _deploy_one(
    transaction: LedgerTransaction,
    where: EventContext,
    key: tuple[str, str],
    text: str,
    known: Mapping[tuple[str, str], list[PromptVersion]],
    changes: PromptChanges,
) -> None:
    agent, kind = key
    versions = known.get(key, [])
    present = in_force(versions)
    todo = step(versions, sha256_hex(text.encode()))
    if todo is Step.NOTHING:
        return
    if todo in (Step.ADD, Step.ADD_ONLY):
        version = await add_within(transaction, where, agent, kind, text, "files")
        changes.added.append(named(agent, kind))
    else:
        version = next(one.version for one in versions if one.origin == "files")
    if todo in (Step.ADD, Step.ACTIVATE):
        change = Activation(agent, kind, version, present.version if present else None)
        await activate_within(transaction, where, change, DEPLOYED)
        changes.activated.append(named(agent, kind))
    elif present is not None:
        changes.held_back.append(HeldBack(named(agent, kind), present.version, version))
