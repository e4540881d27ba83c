"""One edition as files: mails, documents, webhooks, master data, and the truth beside them."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from muster.demo.generate.leads import FORM_SOURCE
from muster.demo.generate.message import Drop, Form, Mail, Truth
from muster.demo.generate.mime import as_rfc5322, message_id_of
from muster.demo.generate.plan import SENT_AGAIN, make_messages
from muster.demo.generate.words import words
from muster.demo.generate.world import World

TRUTH, MASTER_DATA, WEBHOOKS = "truth.jsonl", "company.json", "webhooks.jsonl"
_WEEK_STARTS = time(7, 30)


@dataclass(frozen=True)
class Sent:
    """A message with the identity the platform will know it by."""

    channel: str
    source: str
    external_id: str
    content: bytes
    name: str
    truth: Truth


def make_edition(seed: int, edition: int) -> dict[str, bytes]:
    """Every file of an edition by its path, the same bytes every time."""
    world = World(seed, edition)
    messages = make_messages(world)
    mails = _mails(world, [message for message in messages if isinstance(message, Mail)])
    forms = _forms(world, [message for message in messages if isinstance(message, Form)])
    drops = [_dropped(message) for message in messages if isinstance(message, Drop)]
    files: dict[str, bytes] = {}
    truths: list[tuple[str, Sent]] = []
    for number, mail in enumerate([*mails, *_again(world, mails, "mail")], start=1):
        truths.append((f"mail/{number:03d}.eml", mail))
    truths += [(f"drop/{drop.name}", drop) for drop in drops]
    for drop in _again(world, drops, "folder"):
        stem, _, suffix = drop.name.rpartition(".")
        truths.append((f"drop/{stem} (1).{suffix}", drop))
    files.update((path, sent.content) for path, sent in truths)
    entries = [*forms, *_again(world, forms, "webhook")]
    truths += [(f"{WEBHOOKS}#{number}", form) for number, form in enumerate(entries, start=1)]
    files[WEBHOOKS] = b"".join(form.content for form in entries)
    files[TRUTH] = _lines(_truth_row(path, sent) for path, sent in truths)
    files[MASTER_DATA] = _master_data(world)
    return files


def write_edition(files: dict[str, bytes], out: Path) -> None:
    """Replace the generated files below a folder; whatever else is in it stays."""
    for folder in ("mail", "drop"):
        for old in sorted((out / folder).rglob("*")):
            if old.is_file():
                old.unlink()
    for path, content in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _mails(world: World, mails: Sequence[Mail]) -> list[Sent]:
    ordered = sorted(mails, key=lambda mail: (mail.position, mail.sender, mail.text))
    sent = []
    for mail, at in zip(ordered, _moments(world, len(ordered)), strict=True):
        source = f"mail:{mail.to}"
        sent.append(Sent("mail", source, message_id_of(mail, at), as_rfc5322(mail, at), "", mail.truth))
    return sent


def _moments(world: World, count: int) -> Iterator[datetime]:
    """When each mail was written: from Monday morning on, day and night."""
    start = datetime.combine(world.today - timedelta(days=4), _WEEK_STARTS, tzinfo=UTC)
    step_seconds = int(timedelta(days=4, hours=4).total_seconds() / count)
    dice = world.dice("moments")
    for position in range(count):
        yield start + timedelta(seconds=position * step_seconds + dice.whole(0, step_seconds - 1))


def _forms(world: World, forms: Sequence[Form]) -> list[Sent]:
    ordered = sorted(forms, key=lambda form: (form.position, form.content))
    return [_posted(f"wf-{world.edition}-{number:04d}", form) for number, form in enumerate(ordered, start=1)]


def _posted(task_id: str, form: Form) -> Sent:
    body = {"task_id": task_id, "source": FORM_SOURCE, "priority": form.priority, "content": form.content}
    return Sent("webhook", FORM_SOURCE, task_id, _lines([body]), "", form.truth)


def _dropped(drop: Drop) -> Sent:
    digest = hashlib.sha256(drop.content).hexdigest()
    return Sent(
        "folder", f"folder:{drop.folder}", digest, drop.content, f"{drop.folder}/{drop.name}", drop.truth
    )


def _again(world: World, sent: Sequence[Sent], channel: str) -> list[Sent]:
    """Some of the messages a second time, as retries and double clicks send them."""
    honest = [message for message in sent if message.truth.expect == "completed"]
    chosen = world.dice("again", channel).sample(honest, SENT_AGAIN[channel])
    note = "the same message again: one task"
    return [
        Sent(
            message.channel, message.source, message.external_id, message.content, message.name,
            Truth(message.truth.team, f"{message.truth.case}_sent_again", "duplicate", note=note),
        )
        for message in chosen
    ]  # fmt: skip


def _truth_row(path: str, sent: Sent) -> dict[str, Any]:
    truth = sent.truth
    return {
        "message": path, "channel": sent.channel, "source": sent.source, "external_id": sent.external_id,
        "team": truth.team, "case": truth.case, "expect": truth.expect, "effects": list(truth.effects),
        "forbidden": list(truth.forbidden), "note": truth.note,
    }  # fmt: skip


def _master_data(world: World) -> bytes:
    executives = [row | {"segments": json.dumps(row["segments"])} for row in words("names")["executives"]]
    master = {
        "edition": world.edition, "business_date": world.today.isoformat(), **world.rows,
        "executives": executives,
    }  # fmt: skip
    return (json.dumps(master, ensure_ascii=False, indent=1) + "\n").encode()


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return b"".join((json.dumps(row, ensure_ascii=False) + "\n").encode() for row in rows)
