"""The closed set of things the ledger records, one kind a file."""

from muster.ledger.events.agent_draining import AgentDraining
from muster.ledger.events.agent_paused import AgentPaused
from muster.ledger.events.agent_resumed import AgentResumed
from muster.ledger.events.answer_rejected import AnswerRejected
from muster.ledger.events.approval_decided import ApprovalDecided
from muster.ledger.events.approval_requested import ApprovalRequested
from muster.ledger.events.approval_used import ApprovalUsed
from muster.ledger.events.budget_draw import BudgetDraw
from muster.ledger.events.budget_threshold_crossed import BudgetThresholdCrossed
from muster.ledger.events.client_granted import ClientGranted
from muster.ledger.events.client_revoked import ClientRevoked
from muster.ledger.events.closed_set import EVENT, KINDS, KINDS_BY_TYPE, AnyEvent
from muster.ledger.events.commitment import Commitment
from muster.ledger.events.confidence_assessed import ConfidenceAssessed, ConfidenceMethod
from muster.ledger.events.delegation_answered import DelegationAnswered
from muster.ledger.events.delegation_made import DelegationMade
from muster.ledger.events.envelope import Event, EventContext
from muster.ledger.events.escalation_answered import EscalationAnswered
from muster.ledger.events.escalation_raised import EscalationRaised, EscalationReason
from muster.ledger.events.fact_recorded import FactRecorded
from muster.ledger.events.handoff_made import Fact, HandoffMade
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
from muster.ledger.events.phase_changed import Phase, PhaseChanged
from muster.ledger.events.policy_changed import PolicyChanged
from muster.ledger.events.prompt_activated import PromptActivated
from muster.ledger.events.prompt_added import PromptAdded
from muster.ledger.events.reading import UnknownEvent, read_event
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
from muster.ledger.events.task_queued import Channel, Priority, TaskQueued
from muster.ledger.events.task_released import TaskReleased
from muster.ledger.events.task_reopened import ReopenSource, TaskReopened
from muster.ledger.events.task_woken import TaskWoken
from muster.ledger.events.team_deployed import TeamDeployed
from muster.ledger.events.token_issued import TokenIssued
from muster.ledger.events.token_revoked import TokenRevoked
from muster.ledger.events.tool_call_intended import Effect, ToolCallIntended
from muster.ledger.events.tool_call_refused import ToolCallRefused
from muster.ledger.events.tool_call_settled import ToolCallSettled
from muster.ledger.events.tool_pinned import ToolPinned

__all__ = [
    "EVENT",
    "KINDS",
    "KINDS_BY_TYPE",
    "AgentDraining",
    "AgentPaused",
    "AgentResumed",
    "AnswerRejected",
    "AnyEvent",
    "ApprovalDecided",
    "ApprovalRequested",
    "ApprovalUsed",
    "BudgetDraw",
    "BudgetThresholdCrossed",
    "Channel",
    "ClientGranted",
    "ClientRevoked",
    "Commitment",
    "ConfidenceAssessed",
    "ConfidenceMethod",
    "DelegationAnswered",
    "DelegationMade",
    "Effect",
    "EscalationAnswered",
    "EscalationRaised",
    "EscalationReason",
    "Event",
    "EventContext",
    "Fact",
    "FactRecorded",
    "HandoffMade",
    "IntentAbandoned",
    "KeyRotated",
    "KpiRolledUp",
    "LeaseExpired",
    "MessageQuarantined",
    "MessageRequeued",
    "ModelCallBatched",
    "ModelCallIntended",
    "ModelCallRefused",
    "ModelCallSettled",
    "MonthDetached",
    "OutcomeScored",
    "Phase",
    "PhaseChanged",
    "PolicyChanged",
    "Priority",
    "PromptActivated",
    "PromptAdded",
    "ReopenSource",
    "ReportPublished",
    "ReportSent",
    "RunEnded",
    "RunStarted",
    "StateRebuilt",
    "TaskConfirmed",
    "TaskDuplicated",
    "TaskEnded",
    "TaskLeased",
    "TaskParked",
    "TaskQueued",
    "TaskReleased",
    "TaskReopened",
    "TaskWoken",
    "TeamDeployed",
    "TokenIssued",
    "TokenRevoked",
    "ToolCallIntended",
    "ToolCallRefused",
    "ToolCallSettled",
    "ToolPinned",
    "UnknownEvent",
    "read_event",
]
