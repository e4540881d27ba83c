"""The closed set of things the ledger records, one kind a file."""

from typing import Annotated, get_args

from pydantic import Field, TypeAdapter

from muster.ledger.events.agent_paused import AgentPaused
from muster.ledger.events.budget_threshold_crossed import BudgetThresholdCrossed
from muster.ledger.events.envelope import Event, EventContext
from muster.ledger.events.escalation_raised import EscalationRaised, EscalationReason
from muster.ledger.events.handoff_made import Fact, HandoffMade
from muster.ledger.events.kpi_rolled_up import KpiRolledUp
from muster.ledger.events.lease_expired import LeaseExpired
from muster.ledger.events.message_quarantined import MessageQuarantined
from muster.ledger.events.message_requeued import MessageRequeued
from muster.ledger.events.model_call_intended import ModelCallIntended
from muster.ledger.events.model_call_settled import ModelCallSettled
from muster.ledger.events.outcome_scored import OutcomeScored
from muster.ledger.events.prompt_added import PromptAdded
from muster.ledger.events.report_published import ReportPublished
from muster.ledger.events.run_ended import RunEnded
from muster.ledger.events.run_started import RunStarted
from muster.ledger.events.seal_made import SealMade
from muster.ledger.events.task_duplicated import TaskDuplicated
from muster.ledger.events.task_ended import TaskEnded
from muster.ledger.events.task_leased import TaskLeased
from muster.ledger.events.task_queued import Channel, Priority, TaskQueued
from muster.ledger.events.team_deployed import TeamDeployed
from muster.ledger.events.tool_call_intended import Effect, ToolCallIntended
from muster.ledger.events.tool_call_refused import ToolCallRefused
from muster.ledger.events.tool_call_settled import ToolCallSettled
from muster.ledger.events.tool_pinned import ToolPinned

AnyEvent = (
    TaskQueued
    | TaskDuplicated
    | MessageQuarantined
    | MessageRequeued
    | TaskLeased
    | LeaseExpired
    | RunStarted
    | ModelCallIntended
    | ModelCallSettled
    | ToolCallIntended
    | ToolCallSettled
    | ToolCallRefused
    | HandoffMade
    | EscalationRaised
    | RunEnded
    | TaskEnded
    | TeamDeployed
    | PromptAdded
    | AgentPaused
    | BudgetThresholdCrossed
    | ToolPinned
    | SealMade
    | ReportPublished
    | KpiRolledUp
    | OutcomeScored
)

EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="kind")])
"""Reads any event from its payload; refuses unknown kinds."""

KINDS = frozenset(member.model_fields["kind"].default for member in get_args(AnyEvent))

__all__ = [
    "EVENT",
    "KINDS",
    "AgentPaused",
    "AnyEvent",
    "BudgetThresholdCrossed",
    "Channel",
    "Effect",
    "EscalationRaised",
    "EscalationReason",
    "Event",
    "EventContext",
    "Fact",
    "HandoffMade",
    "KpiRolledUp",
    "LeaseExpired",
    "MessageQuarantined",
    "MessageRequeued",
    "ModelCallIntended",
    "ModelCallSettled",
    "OutcomeScored",
    "Priority",
    "PromptAdded",
    "ReportPublished",
    "RunEnded",
    "RunStarted",
    "SealMade",
    "TaskDuplicated",
    "TaskEnded",
    "TaskLeased",
    "TaskQueued",
    "TeamDeployed",
    "ToolCallIntended",
    "ToolCallRefused",
    "ToolCallSettled",
    "ToolPinned",
]
