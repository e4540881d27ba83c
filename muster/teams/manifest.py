"""Reading a team's manifest, with every problem in it named by file and line."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from muster.teams.manifest_checks import Surroundings, check_across
from muster.teams.manifest_floor import filled
from muster.teams.manifest_model import (
    AgentBudget,
    AgentManifest,
    ConfidenceManifest,
    EscalationRules,
    IntakeManifest,
    Phase,
    ShiftManifest,
    TeamBudget,
    TeamManifest,
    Tier,
)
from muster.teams.manifest_problems import ManifestError, ManifestProblem
from muster.teams.manifest_wording import report_validation
from muster.teams.marked_yaml import plain, read_marked
from muster.teams.standard import Standard

__all__ = [
    "AgentBudget",
    "AgentManifest",
    "ConfidenceManifest",
    "EscalationRules",
    "IntakeManifest",
    "ManifestError",
    "ManifestProblem",
    "Phase",
    "ShiftManifest",
    "TeamBudget",
    "TeamManifest",
    "Tier",
    "load_manifest",
    "load_prompts_by_type",
    "manifest_schema",
]

MANIFEST_NAME = "team.yaml"


def load_manifest(
    path: Path,
    *,
    model_roles: Collection[str] | None = None,
    tools: Collection[str] | None = None,
    standard: Standard | None = None,
) -> TeamManifest:
    """The manifest at `path` (a team.yaml or its folder), checked together with its prompt files.

    What its owner left out is as the standard says.

    Args:
        path: the file or its folder.
        model_roles: roles an agent's `model` and `verifier` may name; not checked when None.
        tools: tools that are connected, as `<server>__<tool>`; not checked when None.
        standard: what the manifest may not loosen; the defaults when None.

    Raises:
        ManifestError: the file is missing, is not YAML, or breaks a rule; it lists every problem found.
    """
    file = read_marked(
        path / MANIFEST_NAME if path.is_dir() else path,
        noun="the manifest",
        when_missing=f"put a {MANIFEST_NAME} there",
        begin="start it with `team: <name>`",
    )
    if file.problems:
        raise ManifestError(file.problems)
    around = Surroundings(standard or Standard(), model_roles, tools)
    manifest: TeamManifest | None = None
    try:
        manifest = TeamManifest.model_validate(plain(file.document))
    except ValidationError as error:
        report_validation(file, error)
    check_across(file, around)
    if manifest is None or file.problems:
        raise ManifestError(file.problems)
    return filled(manifest, around.standard)


def load_prompts_by_type(path: Path, manifest: TeamManifest) -> dict[tuple[str, str], str]:
    """Each agent's prompts by agent name and transaction type; the type of the general one is empty.

    Raises:
        ManifestError: a prompt file cannot be read.
    """
    prompts: dict[tuple[str, str], str] = {}
    for agent in manifest.agents:
        for transaction_type, file in {"": agent.prompt, **agent.prompts}.items():
            prompts[agent.name, transaction_type] = _prompt(path, agent.name, file)
    return prompts


def _prompt(path: Path, agent: str, prompt: str) -> str:
    file = (path if path.is_dir() else path.parent) / prompt
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = f"the prompt of {agent} cannot be read: {error}"
        problem = ManifestProblem(str(file), 1, what, "make it a readable UTF-8 file")
        raise ManifestError([problem]) from None


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of team.yaml, for editors."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **TeamManifest.model_json_schema(), "title": "muster team manifest"}
