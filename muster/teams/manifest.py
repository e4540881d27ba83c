"""Reading a team's manifest, with every problem in it named by file and line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

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
from muster.teams.manifest_problems import ManifestError, ManifestFile, ManifestProblem
from muster.teams.manifest_wording import report_validation
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
    file = _parse(path / MANIFEST_NAME if path.is_dir() else path)
    around = Surroundings(standard or Standard(), model_roles, tools)
    manifest: TeamManifest | None = None
    try:
        manifest = TeamManifest.model_validate(_plain(file.document))
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
        raise _unusable(file, what, "make it a readable UTF-8 file") from None


def manifest_schema() -> dict[str, Any]:
    """The JSON Schema of team.yaml, for editors."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **TeamManifest.model_json_schema(), "title": "muster team manifest"}


def _unusable(path: Path, what: str, do: str, line: int = 1) -> ManifestError:
    return ManifestError([ManifestProblem(str(path), line, what, do)])


def _parse(path: Path) -> ManifestFile:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        what = f"the manifest cannot be read: {reason}"
        raise _unusable(path, what, f"put a {MANIFEST_NAME} there") from None
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"not valid YAML: {str(error.problem or error).splitlines()[0]}"
        raise _unusable(path, what, "correct the YAML at this line", line) from None
    except YAMLError as error:
        what = f"not valid YAML: {str(error).splitlines()[0]}"
        raise _unusable(path, what, "correct the YAML") from None
    if not isinstance(document, Mapping):
        raise _unusable(path, "the manifest is not a mapping of fields", "start it with `team: <name>`")
    return ManifestFile(path, document, [])


def _plain(node: object) -> object:
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
