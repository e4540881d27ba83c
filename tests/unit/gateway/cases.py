"""Cases for tests of the policy: a known agent, a known tool, and whatever a test changes about them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from muster.core.settings import PROJECT_ROOT
from muster.gateway.caller import Caller, Grant, Tier
from muster.gateway.policy.autonomy_file import AutonomyRules
from muster.gateway.policy.case import Case
from muster.gateway.policy.files import load_policy
from muster.gateway.registration import ArgumentRoles
from muster.gateway.tool import PinnedTool
from muster.ledger.events import Effect, Phase

POLICY = load_policy(PROJECT_ROOT / "data" / "policies")
DEFAULT_AUTONOMY = AutonomyRules()
REFUND = {"order_number": "BL-1", "amount": 400, "currency": "EUR"}
ROLES = ArgumentRoles(amount="amount", currency="currency", payee=("order_number",))


def tool(effect: Effect = "read", *, roles: ArgumentRoles = ROLES, **schema: Any) -> PinnedTool:
    """`shop__refund`, which takes an order, an amount and a currency unless `schema` says otherwise."""
    properties = {
        "order_number": {"type": "string"},
        "amount": {"type": ["number", "string"]},
        "currency": {"type": "string"},
    }
    input_schema = {"type": "object", "properties": properties, "required": ["order_number"]} | schema
    return PinnedTool("shop", "refund", {"name": "refund", "inputSchema": input_schema}, effect, roles)


def case(
    effect: Effect = "read",
    arguments: Mapping[str, Any] | None = REFUND,
    *,
    tier: Tier = "reconciliation",
    grants: frozenset[str] | None = frozenset({"shop__refund"}),
    about: PinnedTool | None = None,
    known: bool = True,
    calls_made: int = 0,
    halted_by: str | None = None,
    exposure_today: Decimal = Decimal(0),
    phase: Phase | None = "core",
    manifest_phase: Phase = "core",
    autonomy: AutonomyRules = DEFAULT_AUTONOMY,
) -> Case:
    """A call of `shop__refund` by the support team's clerk; no arguments: the tool is being listed."""
    caller = Caller(
        team="support",
        agent="clerk",
        run_id="run_1",
        task_id="tsk_1",
        policy_revision="support@1",
        calls_made=calls_made,
        halted_by=halted_by,
        phase=phase,
    )
    return Case(
        policy=POLICY,
        autonomy=autonomy,
        caller=caller,
        grant=None if grants is None else Grant(tier=tier, tools=grants, phase=manifest_phase),
        tool=(about or tool(effect)) if known else None,
        arguments=arguments,
        exposure_today=exposure_today,
    )
