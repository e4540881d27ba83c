"""What a person does at the gateway: have tools registered, and ask why something is refused."""

import json
from collections.abc import Sequence
from typing import Any

from muster.core.errors import CallerError
from muster.core.settings import Settings
from muster.gateway.caller import Caller
from muster.gateway.catalogue import Catalogue
from muster.gateway.errors import McpServersError, UnknownAgentError
from muster.gateway.judge import Judge
from muster.gateway.mcp_servers import load_servers, variables
from muster.gateway.policy.chain import Decision
from muster.gateway.policy.files import load_policy
from muster.gateway.registering import Findings, register_servers
from muster.gateway.registration import load_registration
from muster.gateway.upstreams import Upstreams
from muster.ledger.postgres import PostgresLedger

_NO_RUN = "not yet begun"
_EXAMPLE = """write them as '{"order_number": "BL-10432"}'"""


class ArgumentsError(CallerError):
    """The arguments of a call are not a JSON object."""


async def registered(
    ledger: PostgresLedger, settings: Settings, servers: Sequence[str], *, actor: str
) -> Findings:
    """What asking the servers (none named: all of the mcpServers JSON) for their tools found.

    Raises:
        McpServersError: the JSON cannot be used or does not name a server.
        RegistrationError: the registration cannot be used.
        LedgerUnavailableError: the database is away.
    """
    known = load_servers(settings.mcp_servers, variables(settings))
    if strangers := sorted(set(servers) - known.keys()):
        raise McpServersError(f"there is no server {strangers[0]}", where=str(settings.mcp_servers))
    policy = load_policy(settings.policies_dir)
    registration = load_registration(settings.tools_registration)
    asked = {name: known[name] for name in servers or sorted(known)}
    upstreams = Upstreams(asked, policy.limits, settings.log_dir)
    try:
        return await register_servers(ledger, upstreams, registration, asked, actor=actor)
    finally:
        await upstreams.close()


async def explained(
    ledger: PostgresLedger, settings: Settings, agent: str, tool: str, arguments: str
) -> Decision:
    """What would be decided about a first call of a run by `agent` (team/agent), with every step.

    Raises:
        ArgumentsError: `arguments` is no JSON object.
        UnknownAgentError: no active team version has the agent.
        TeamNotDeployedError: the team is not deployed.
        LedgerUnavailableError: the database is away.
    """
    team, _, name = agent.partition("/")
    catalogue = Catalogue(ledger, load_registration(settings.tools_registration))
    judge = Judge(ledger, catalogue, load_policy(settings.policies_dir))
    revision = await judge.grants.active_revision(team)
    if await judge.grants.of(revision, name) is None:
        raise UnknownAgentError(agent)
    caller = Caller(
        team=team,
        agent=name,
        run_id=_NO_RUN,
        task_id=None,
        policy_revision=revision,
        phase=await judge.grants.granted_phase(agent),
    )
    shelf = await catalogue.now()
    given = _object(arguments)
    judgement = await judge.judged(caller, shelf.revision or "", tool, given, "explained")
    return await judge.explained(judgement)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArgumentsError(f"the arguments are no JSON: {error.msg}", do=_EXAMPLE) from error
    if not isinstance(value, dict):
        raise ArgumentsError("the arguments are not a JSON object", do=_EXAMPLE)
    return value
