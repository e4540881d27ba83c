"""Every kind of event there is: what is not in here cannot be written."""

from typing import Annotated, get_args

from pydantic import Field, TypeAdapter

from muster.ledger.events.agent_draining import AgentDraining
from muster.ledger.events.agent_paused import AgentPaused
from muster.ledger.events.agent_resumed import AgentResumed
from muster.ledger.events.answer_rejected import AnswerRejected
from muster.ledger.events.approval_decided import ApprovalDecided
from muster.ledger.events.approval_requested import ApprovalRequested
from muster.ledger.events.approval_used import ApprovalUsed
from muster.ledger.events.budget_threshold_crossed import BudgetThresholdCrossed
from muster.ledger.events.client_granted import ClientGranted
from muster.ledger.events.client_revoked import ClientRevoked
from muster.ledger.events.confidence_assessed import ConfidenceAssessed
from muster.ledger.events.delegation_answered import DelegationAnswered
from muster.ledger.events.delegation_made import DelegationMade
from muster.ledger.events.envelope import Event
from muster.ledger.events.escalation_answered import EscalationAnswered
from muster.ledger.events.escalation_raised import EscalationRaised
from muster.ledger.events.fact_recorded import FactRecorded
from muster.ledger.events.handoff_made import HandoffMade
from muster.ledger.events.intent_abandoned import IntentAbandoned
from muster.ledger.events.key_rotated import KeyRotated
from muster.ledger.events.kpi_rolled_up import KpiRolledUp
from muster.ledger.events.lease_expired import LeaseExpired
from muster.ledger.events.message_quarantined import MessageQuarantined
from muster.ledger.events.message_requeued import MessageRequeued
from muster.ledger.events.model_call_batched import ModelCallBatched
from muster.ledger.events.model_call_intended import ModelCallIntended
from muster.ledger.events.model_call_refused import ModelCallRefused
from muster.ledger.events.model_call_settled import ModelCallSettled
from muster.ledger.events.month_detached import MonthDetached
from muster.ledger.events.outcome_scored import OutcomeScored
from muster.ledger.events.phase_changed import PhaseChanged
from muster.ledger.events.policy_changed import PolicyChanged
from muster.ledger.events.prompt_activated import PromptActivated
from muster.ledger.events.prompt_added import PromptAdded
from muster.ledger.events.report_published import ReportPublished
from muster.ledger.events.report_sent import ReportSent
from muster.ledger.events.run_ended import RunEnded
from muster.ledger.events.run_started import RunStarted
from muster.ledger.events.state_rebuilt import StateRebuilt
from muster.ledger.events.task_confirmed import TaskConfirmed
from muster.ledger.events.task_duplicated import TaskDuplicated
from muster.ledger.events.task_ended import TaskEnded
from muster.ledger.events.task_leased import TaskLeased
from muster.ledger.events.task_parked import TaskParked
from muster.ledger.events.task_queued import TaskQueued
from muster.ledger.events.task_released import TaskReleased
from muster.ledger.events.task_reopened import TaskReopened
from muster.ledger.events.task_woken import TaskWoken
from muster.ledger.events.team_deployed import TeamDeployed
from muster.ledger.events.token_issued import TokenIssued
from muster.ledger.events.token_revoked import TokenRevoked
from muster.ledger.events.tool_call_intended import ToolCallIntended
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
    | TaskReleased
    | TaskParked
    | TaskWoken
    | RunStarted
    | ModelCallIntended
    | ModelCallBatched
    | ModelCallSettled
    | ModelCallRefused
    | ToolCallIntended
    | ToolCallSettled
    | ToolCallRefused
    | IntentAbandoned
    | ApprovalRequested
    | ApprovalDecided
    | ApprovalUsed
    | AnswerRejected
    | FactRecorded
    | HandoffMade
    | DelegationMade
    | DelegationAnswered
    | ConfidenceAssessed
    | EscalationRaised
    | EscalationAnswered
    | RunEnded
    | TaskEnded
    | TaskConfirmed
    | TaskReopened
    | TeamDeployed
    | PromptAdded
    | PromptActivated
    | PolicyChanged
    | PhaseChanged
    | AgentPaused
    | AgentDraining
    | AgentResumed
    | BudgetThresholdCrossed
    | ToolPinned
    | ClientGranted
    | ClientRevoked
    | TokenIssued
    | TokenRevoked
    | KeyRotated
    | MonthDetached
    | StateRebuilt
    | ReportPublished
    | ReportSent
    | KpiRolledUp
    | OutcomeScored
)

EVENT: TypeAdapter[AnyEvent] = TypeAdapter(Annotated[AnyEvent, Field(discriminator="kind")])
"""Reads any event from its payload; refuses unknown kinds."""

KINDS_BY_TYPE: dict[type[Event], str] = {
    member: member.model_fields["kind"].default for member in get_args(AnyEvent)
}

KINDS = frozenset(KINDS_BY_TYPE.values())
