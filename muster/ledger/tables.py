"""The ledger's tables, for queries built in Python; a test holds them to the migrations."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()


def _text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null, primary_key=key)


def _at(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=null)


def _usd(name: str, *, null: bool = False) -> Column[Decimal]:
    return Column(name, Numeric(18, 6), nullable=null)


events = Table(
    "events",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    _text("event_id"),
    _text("kind"),
    _text("task_id", null=True),
    _text("run_id", null=True),
    Column("run_seq", Integer),
    _text("team", null=True),
    _text("agent", null=True),
    _text("actor"),
    _text("model_source", null=True),
    _at("happened_at"),
    Column("recorded_at", DateTime(timezone=True), primary_key=True),
    _usd("cost_usd", null=True),
    _text("body"),
    Column("chain_sha256", LargeBinary),
    schema="ledger",
)

run_heads = Table(
    "run_heads",
    metadata,
    _text("run_id", key=True),
    Column("run_seq", Integer, nullable=False),
    Column("chain_sha256", LargeBinary, nullable=False),
    Column("body_sha256", LargeBinary),
    schema="ledger",
)

open_intents = Table(
    "open_intents",
    metadata,
    _text("event_id", key=True),
    _text("kind"),
    _text("task_id", null=True),
    _text("run_id", null=True),
    _text("team", null=True),
    _text("agent", null=True),
    _text("call_id"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("periods", ARRAY(Text), nullable=False),
    _usd("reserved_usd"),
    _at("intended_at"),
    _at("expires_at"),
    _at("abandoned_at", null=True),
    schema="ledger",
)

seals = Table(
    "seals",
    metadata,
    Column("tree_size", BigInteger, primary_key=True, autoincrement=False),
    Column("first_index", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("root_sha256", LargeBinary, nullable=False),
    _text("key_id"),
    _text("checkpoint"),
    _at("sealed_at"),
    schema="ledger",
)

tree = Table(
    "tree",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("first_node", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    schema="ledger",
)

keys = Table(
    "keys",
    metadata,
    _text("key_id", key=True),
    _text("name"),
    _text("vkey"),
    _text("endorsement", null=True),
    _at("added_at"),
    schema="ledger",
)

timestamps = Table(
    "timestamps",
    metadata,
    Column("tree_size", ForeignKey(seals.c.tree_size), primary_key=True, autoincrement=False),
    _text("authority"),
    Column("token", LargeBinary, nullable=False),
    _at("stamped_at"),
    schema="ledger",
)

mirror_files = Table(
    "mirror_files",
    metadata,
    _text("path", key=True),
    Column("first_index", BigInteger, nullable=False),
    Column("end_index", BigInteger, nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    _text("sha256"),
    Column("size_bytes", BigInteger, nullable=False),
    _text("note"),
    _at("written_at"),
    schema="ledger",
)

detached_months = Table(
    "detached_months",
    metadata,
    Column("month", Date, primary_key=True),
    _text("partition"),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    _at("detached_at"),
    schema="ledger",
)

tasks = Table(
    "tasks",
    metadata,
    _text("task_id", key=True),
    _text("source"),
    _text("external_id"),
    _text("team"),
    _text("channel"),
    Column("priority", SmallInteger, nullable=False),
    _text("title"),
    Column("content", JSONB, nullable=False),
    _text("status"),
    Column("attempts", Integer, nullable=False),
    _text("lease_owner", null=True),
    _at("lease_until", null=True),
    _text("run_id", null=True),
    _at("created_at"),
    _at("updated_at"),
    _at("ended_at", null=True),
    _at("ready_at", null=True),
    _text("waiting_for", null=True),
    _text("transaction_type"),
    UniqueConstraint("source", "external_id"),
    schema="state",
)

quarantine = Table(
    "quarantine",
    metadata,
    _text("quarantine_id", key=True),
    _text("channel"),
    _text("source"),
    _text("name"),
    _text("reason"),
    Column("raw", LargeBinary, nullable=False),
    _text("raw_sha256"),
    _text("status"),
    _at("created_at"),
    _at("requeued_at", null=True),
    UniqueConstraint("channel", "source", "raw_sha256"),
    schema="state",
)

teams = Table(
    "teams",
    metadata,
    _text("team", key=True),
    Column("active_version", Integer, nullable=False),
    _text("status"),
    _text("reason", null=True),
    _at("paused_until", null=True),
    schema="state",
)

team_versions = Table(
    "team_versions",
    metadata,
    _text("team", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("manifest", JSONB, nullable=False),
    _text("manifest_sha256"),
    _at("deployed_at"),
    schema="state",
)

prompt_versions = Table(
    "prompt_versions",
    metadata,
    _text("agent", key=True),
    _text("transaction_type", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _text("text"),
    _text("sha256"),
    _at("created_at"),
    _text("origin"),
    schema="state",
)

active_prompts = Table(
    "active_prompts",
    metadata,
    _text("agent", key=True),
    _text("transaction_type", key=True),
    Column("version", Integer, nullable=False),
    Column("previous_version", Integer),
    _at("activated_at"),
    schema="state",
)

policy_versions = Table(
    "policy_versions",
    metadata,
    _text("name", key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _text("sha256"),
    _text("text"),
    _at("created_at"),
    UniqueConstraint("name", "sha256"),
    schema="state",
)

agent_phases = Table(
    "agent_phases",
    metadata,
    _text("agent", key=True),
    _text("phase"),
    _text("cause"),
    _text("reason"),
    Column("evidence", JSONB, nullable=False),
    _at("since"),
    schema="state",
)

agents = Table(
    "agents",
    metadata,
    _text("agent", key=True),
    _text("status"),
    _text("reason", null=True),
    _at("paused_until", null=True),
    schema="state",
)

budgets = Table(
    "budgets",
    metadata,
    _text("scope", key=True),
    _text("period", key=True),
    _usd("limit_usd", null=True),
    Column("limit_calls", Integer),
    _usd("reserved_usd"),
    _usd("spent_usd"),
    Column("calls", Integer, nullable=False),
    Column("told_percent", SmallInteger, nullable=False),
    schema="state",
)

gateway_tokens = Table(
    "gateway_tokens",
    metadata,
    _text("token_sha256", key=True),
    _text("agent"),
    _text("team"),
    _text("run_id", null=True),
    _text("task_id", null=True),
    _text("policy_revision"),
    _at("issued_at"),
    _at("expires_at"),
    _at("revoked_at", null=True),
    Column("client", Boolean, nullable=False),
    _text("label", null=True),
    schema="state",
)

tool_registry = Table(
    "tool_registry",
    metadata,
    _text("server", key=True),
    _text("tool", key=True),
    Column("definition", JSONB, nullable=False),
    Column("previous_definition", JSONB),
    _text("definition_sha256"),
    _text("effect"),
    _text("status"),
    _at("registered_at"),
    _text("capabilities"),
    Column("proposed", JSONB),
    schema="state",
)

approvals = Table(
    "approvals",
    metadata,
    _text("approval_id", key=True),
    _text("call_id"),
    _text("call_sha256"),
    _text("task_id", null=True),
    _text("run_id", null=True),
    _text("team"),
    _text("agent"),
    _text("tool"),
    Column("arguments", JSONB, nullable=False),
    Column("rules", ARRAY(Text), nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("origins", JSONB, nullable=False),
    _text("summary"),
    Column("amount", Numeric(18, 6)),
    _text("currency", null=True),
    _text("status"),
    _at("requested_at"),
    _at("expires_at", null=True),
    _at("decided_at", null=True),
    _text("decided_by", null=True),
    _text("note", null=True),
    _at("used_at", null=True),
    schema="state",
)

rate_marks = Table(
    "rate_marks",
    metadata,
    _text("agent"),
    _text("tool"),
    _at("made_at"),
    schema="state",
)

commitments = Table(
    "commitments",
    metadata,
    _text("intent_id", key=True),
    _text("payee", key=True),
    _text("agent"),
    _text("payment"),
    _usd("amount"),
    _text("currency"),
    Column("approved", Boolean, nullable=False),
    Column("declined", Boolean, nullable=False),
    _at("committed_at"),
    schema="state",
)

written_values = Table(
    "written_values",
    metadata,
    _text("server", key=True),
    _text("value_sha256", key=True),
    schema="state",
)

calls_made_once = Table(
    "calls_made_once",
    metadata,
    _text("run_id", key=True),
    _text("call_id", key=True),
    schema="state",
)

clients = Table(
    "clients",
    metadata,
    _text("client", key=True),
    _text("owner"),
    _text("tier"),
    _text("phase"),
    Column("tools", ARRAY(Text), nullable=False),
    Column("version", Integer, nullable=False),
    _text("status"),
    _at("granted_at"),
    schema="state",
)

escalations = Table(
    "escalations",
    metadata,
    _text("escalation_id", key=True),
    _text("task_id"),
    _text("run_id"),
    _text("team"),
    _text("agent"),
    _text("reason"),
    Column("package", JSONB, nullable=False),
    _text("status"),
    _at("raised_at"),
    _at("sla_due_at"),
    schema="state",
)

kpi_daily = Table(
    "kpi_daily",
    metadata,
    Column("day", Date, primary_key=True),
    _text("team", key=True),
    Column("metrics", JSONB, nullable=False),
    schema="state",
)
