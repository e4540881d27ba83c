"""A small team's folder: a desk and a clerk, with a prompt of its own for refunds."""

from pathlib import Path

MANIFEST = """\
team: support
title: Support
owner: owner@example.com
description: Answers customers.
coordinator: desk
transaction_types: [refund, complaint]
intake:
  webhook: [shop]
budget:
  usd_per_day: 20
agents:
  - name: desk
    title: Desk
    description: Reads everything first.
    tier: ingestion
    model: coordinator
    prompt: prompts/desk.md
    hand_off_to: [clerk]
  - name: clerk
    title: Clerk
    description: Pays money back.
    tier: reconciliation
    phase: core
    model: specialist
    prompt: prompts/clerk.md
    prompts:
      refund: prompts/clerk_refund.md
    tools: [shop__get_order, shop__issue_refund]
    budget:
      usd_per_day: 4
"""


def desk_folder(where: Path) -> Path:
    """Write the team's files below `where` and give their folder."""
    folder = where / "support"
    (folder / "prompts").mkdir(parents=True)
    (folder / "team.yaml").write_text(MANIFEST, encoding="utf-8")
    for name in ("desk", "clerk", "clerk_refund"):
        write_prompt(folder, name, "Do your work.")
    return folder


def write_prompt(folder: Path, name: str, text: str) -> None:
    """Write one of the team's prompts, under its role line."""
    (folder / "prompts" / f"{name}.md").write_text(prompt_text(name, text), encoding="utf-8")


def prompt_text(name: str, text: str) -> str:
    """A prompt as the files hold it."""
    return f"# Role: {name}\n\n{text}\n"
