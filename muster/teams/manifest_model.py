"""A team's manifest: what a domain team writes to put agents to work, and the limits it may not loosen."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Tier = Literal["ingestion", "negotiation", "reconciliation"]
Phase = Literal["co-pilot", "edge", "core"]

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ToolName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*__[A-Za-z0-9_-]+$")]
MailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$")]
FolderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
PositiveUsd = Annotated[Decimal, Field(gt=0)]

PromptPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./-]+\.md$")]

RESERVED_TEAM_NAMES = frozenset({"fleet", "client"})
"""Names that mean something else where a team is named: `fleet` is every team, `client` what is no team's."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class IntakeManifest(_Section):
    """How work reaches the team; an address, folder or source belongs to one team only."""

    mail: tuple[MailAddress, ...] = ()
    """Addresses whose mail is the team's work."""
    folder: tuple[FolderName, ...] = ()
    """Folders below the drop directory."""
    webhook: tuple[Text, ...] = ()
    """Values of `source` in posts to /api/v1/dispatch-task."""


class ShiftManifest(_Section):
    """How many work for the team and how much they do at once."""

    every_seconds: int | None = Field(default=None, ge=5, le=86_400)
    """Seconds between two extra shifts beside the ones that are always on; none when left out."""
    concurrency: int = Field(default=4, ge=1, le=64)
    """Tasks worked at the same time by one worker."""
    workers_per_host: int = Field(default=1, ge=1, le=8)
    """Workers of the team that are always on, on each host."""
    task_time_limit_seconds: int = Field(default=300, ge=10)
    """Seconds a task may take before it is escalated; at most the standard's (3,600 by default)."""
    batch: bool = False
    """Ask models through the batch API, at half the price, for low-priority work nobody waits for."""


class TeamBudget(_Section):
    """What the whole team may spend on models."""

    usd_per_day: PositiveUsd
    """US dollars a UTC day; the team is paused for the rest of the day when they are spent."""
    model_calls_per_day: int | None = Field(default=None, ge=1)
    """Model calls a UTC day; any number when left out."""


class AgentBudget(_Section):
    """What one agent may spend on models."""

    usd_per_day: PositiveUsd = Decimal("5")
    """US dollars a UTC day; the agent is paused when they are spent."""
    usd_per_task: PositiveUsd = Decimal("0.50")
    """US dollars a task; the task is escalated when they are spent."""
    usd_per_call: PositiveUsd | None = None
    """US dollars one model call may cost at most; the company's own limit when left out."""
    model_calls_per_day: int | None = Field(default=None, ge=1)
    """Model calls a UTC day, after which the agent is paused; any number when left out."""
    model_calls_per_task: int = Field(default=12, ge=1)
    """Model calls a task; at most the standard's (30 by default)."""


class EscalationRules(_Section):
    """When the agent must give a task to a person; a manifest may tighten the standard, never loosen it."""

    confidence_below: float = Field(default=0.80, ge=0.0, le=1.0)
    """An answer less sure than this (0 to 1) is escalated; at least the standard's floor (0.5 by default)."""
    tool_calls_over: int = Field(default=6, ge=1)
    """A run with more tool calls than this is escalated; at most the standard's (20 by default)."""
    customer_asks: bool = True
    """Escalate when the customer asks for a person; true unless the standard leaves it to the team."""


class ConfidenceManifest(_Section):
    """How it is found out how sure an agent's answer is."""

    method: Literal["self_report", "samples", "verifier"] = "self_report"
    """self_report: the agent says so in a structured field; samples: the last answer is asked for several
    times and the share that agrees counts; verifier: another model judges the answer."""
    samples: int = Field(default=3, ge=2, le=7)
    """Answers compared, by the method samples."""
    verifier: Name | None = None
    """The model role that judges, by the method verifier."""


class AgentManifest(_Section):
    """One agent: what it is for, what it may use, what it may spend, and when it must ask."""

    name: Name
    """Unique in the team."""
    title: Text
    """Shown to people and to colleagues that hand work over."""
    description: Text
    """What the agent does, in one sentence; colleagues choose whom to hand over to by it."""
    tier: Tier
    """ingestion reads; negotiation works options out; reconciliation makes things final."""
    phase: Phase = "edge"
    """co-pilot drafts; edge acts alone on low-risk work; core works end to end."""
    model: Name
    """A role of data/policies/models.yaml, such as coordinator, classifier, specialist or writer."""
    prompt: PromptPath
    """Markdown file beside the manifest; its first line is `# Role: <title>`."""
    prompts: dict[Name, PromptPath] = {}
    """Other prompts by transaction type, in the same form; `prompt` is for every other type."""
    tools: tuple[ToolName, ...] = ()
    """Granted tools as `<server>__<tool>`; nothing else is visible to the agent."""
    hand_off_to: tuple[Name, ...] = ()
    """Agents of this team it may hand work to. A circle is allowed: the standard limits how often one agent
    may have the work in a run."""
    delegate_to: tuple[Name, ...] = ()
    """Agents of this team it may put a question to and go on with their answer; never in a circle."""
    knowledge: tuple[Text, ...] = ()
    """Labels of the knowledge the agent may be given; a fact marked with another label is not shown to it."""
    confidence: ConfidenceManifest = ConfidenceManifest()
    budget: AgentBudget = AgentBudget()
    escalate: EscalationRules = EscalationRules()


class TeamManifest(_Section):
    """A team of agents for one business domain."""

    team: Name
    """Unique in the company; the team's name in events, budgets and deployments."""
    title: Text
    owner: MailAddress
    """Who answers for the team."""
    description: Text
    coordinator: Name
    """The agent every task starts with."""
    transaction_types: tuple[Name, ...] = ()
    """Kinds of work the team tells apart, such as refund or invoice; agents may have a prompt for each."""
    intake: IntakeManifest
    shift: ShiftManifest = ShiftManifest()
    budget: TeamBudget
    agents: tuple[AgentManifest, ...] = Field(min_length=1, max_length=40)

    def agent(self, name: str) -> AgentManifest:
        """The agent of that name.

        Raises:
            KeyError: the team has no such agent.
        """
        for agent in self.agents:
            if agent.name == name:
                return agent
        raise KeyError(name)
