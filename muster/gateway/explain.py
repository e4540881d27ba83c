"""Why the gateway would allow, hold or deny a call, with every step; nothing is called."""

import json
from dataclasses import dataclass
from typing import Any

from muster.core.errors import CallerError
from muster.core.settings import Settings
from muster.gateway.caller import Caller
from muster.gateway.catalogue import Catalogue
from muster.gateway.clients import listed
from muster.gateway.errors import UnknownAgentError
from muster.gateway.grants import CLIENTS
from muster.gateway.judge import Judge
from muster.gateway.policy.chain import Decision
from muster.gateway.policy.files import load_policy
from muster.gateway.registration import load_registration
from muster.gateway.saved_file import SavedFile
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_NO_RUN = "not yet begun"
_EXAMPLE = """write them as '{"order_number": "BL-10432"}'"""


class ArgumentsError(CallerError):
    """The arguments of a call are not a JSON object."""


class UnknownTaskError(CallerError):
    """The queue has no such task."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What would be decided."""

    decision: Decision
    origins: dict[str, str]
    """Where the value of each argument comes from; empty for a call that is not traced."""


async def explained(
    ledger: PostgresLedger,
    settings: Settings,
    agent: str,
    tool: str,
    arguments: str,
    *,
    task_id: str | None = None,
) -> Explained:
    """What would be decided about a call by `agent` (team/agent or client/name), with every step.

    Args:
        task_id: the call is judged as the next one of the run that works on this task; else as the first of
            a run without a task, for which nobody vouches. What a price lookup would find is not asked for.

    Raises:
        ArgumentsError: `arguments` is no JSON object.
        UnknownAgentError: no active team version has the agent, and it is no client.
        UnknownTaskError: there is no such task.
        TeamNotDeployedError: the team is not deployed.
        LedgerUnavailableError: the database is away.
    """
    given = _object(arguments)
    catalogue = Catalogue(ledger, SavedFile(settings.tools_registration, load_registration))
    judge = Judge(ledger, catalogue, load_policy(settings.policies_dir))
    run_id = await _run_of(ledger, task_id)
    caller = await _caller(ledger, judge, agent, run_id, task_id)
    shelf = await catalogue.now()
    judgement = await judge.judged(caller, shelf.revision or "", tool, given, "explained")
    return Explained(await judge.explained(judgement), judgement.origins)


async def _caller(ledger: PostgresLedger, judge: Judge, who: str, run_id: str, task_id: str | None) -> Caller:
    team, _, name = who.partition("/")
    if team == CLIENTS:
        for client in await listed(ledger):
            if client.client == name:
                revision = f"{CLIENTS}@{client.version}"
                return Caller(
                    team=team,
                    agent=name,
                    run_id=run_id,
                    task_id=None,
                    policy_revision=revision,
                    phase=client.phase,
                    client=True,
                )
        raise UnknownAgentError(who)
    revision = await judge.grants.active_revision(team)
    if await judge.grants.of(revision, name) is None:
        raise UnknownAgentError(who)
    phase = await judge.grants.granted_phase(who)
    return Caller(
        team=team, agent=name, run_id=run_id, task_id=task_id, policy_revision=revision, phase=phase
    )


async def _run_of(ledger: PostgresLedger, task_id: str | None) -> str:
    if task_id is None:
        return _NO_RUN
    rows = await ledger.fetch(load("muster.gateway", "run_of_task"), {"task_id": task_id})
    if not rows:
        raise UnknownTaskError(f"there is no task {task_id}", do="see: muster intake list")
    return str(rows[0]["run_id"] or _NO_RUN)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArgumentsError(f"the arguments are no JSON: {error.msg}", do=_EXAMPLE) from error
    if not isinstance(value, dict):
        raise ArgumentsError("the arguments are not a JSON object", do=_EXAMPLE)
    return value
