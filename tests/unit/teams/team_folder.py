"""A team's folder a test can change line by line."""

from pathlib import Path
from typing import Any

import pytest

from muster.teams.manifest import ManifestError, load_manifest

MANIFEST = """\
team: returns
title: Returns
owner: boss@shop.example
description: Takes parcels back.
coordinator: desk
intake: {}
budget: {usd_per_day: 10}
shift:
  concurrency: 4
agents:
  - name: desk
    title: Desk
    description: Sorts the mail.
    tier: negotiation
    model: coordinator
    prompt: prompts/desk.md
    tools: [shop__find_customer]
    hand_off_to: [clerk]
  - name: clerk
    title: Clerk
    description: Pays back.
    tier: reconciliation
    model: specialist
    prompt: prompts/clerk.md
    tools: [shop__get_order]
  - name: keeper
    title: Keeper
    description: Keeps the books.
    tier: reconciliation
    model: writer
    prompt: prompts/keeper.md
"""

NAMES = ("desk", "clerk", "keeper")


def written(folder: Path, *changes: tuple[str, str]) -> Path:
    """The folder with its prompts and the manifest, each change made once."""
    (folder / "prompts").mkdir(exist_ok=True)
    for name in NAMES:
        (folder / "prompts" / f"{name}.md").write_text(f"# Role: {name}\n\nWork.\n", encoding="utf-8")
    text = MANIFEST
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    (folder / "team.yaml").write_text(text, encoding="utf-8")
    return folder


def after(agent: str, lines: str) -> tuple[str, str]:
    """A change that adds lines to an agent; they start on the line after its prompt."""
    prompt = f"    prompt: prompts/{agent}.md\n"
    return prompt, prompt + "".join(f"    {line}\n" for line in lines.splitlines())


def problems(folder: Path, *changes: tuple[str, str], **around: Any) -> list[tuple[int, str, str]]:
    """Line, what and what to do of every problem of the changed manifest."""
    written(folder, *changes)
    with pytest.raises(ManifestError) as raised:
        load_manifest(folder, **around)
    assert raised.value.exit_code == 4
    return [(one.line, one.what, one.do) for one in raised.value.problems]
