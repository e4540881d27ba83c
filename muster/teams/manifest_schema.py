"""`python -m muster.teams.manifest_schema [FILE]` writes the manifest's JSON Schema for editors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from muster.core.settings import PROJECT_ROOT
from muster.teams.manifest import manifest_schema

SCHEMA_FILE = PROJECT_ROOT / "docs" / "reference" / "team.schema.json"


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(manifest_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(path: Path = SCHEMA_FILE) -> Path:
    """Write the schema and return where.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{write_schema(*map(Path, sys.argv[1:2]))}\n")
