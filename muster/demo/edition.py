"""Which edition of the demo company's day is next: the first is in the repository, later ones are made."""

from dataclasses import dataclass
from pathlib import Path

from muster.core.settings import Settings
from muster.demo.generate.edition import make_edition, write_edition

SEED = 7


@dataclass(frozen=True, slots=True)
class Edition:
    """One day of the demo company."""

    number: int
    folder: Path
    """Mails, documents, webhooks, master data and the truth beside them."""


def next_edition(settings: Settings) -> Edition:
    """The edition after the last one this MUSTER_HOME has seen; made when it is not in the repository."""
    counter = settings.home_dir / "demo" / "edition"
    number = int(counter.read_text()) + 1 if counter.exists() else 1
    folder = settings.demo_dir
    if number > 1 or not (folder / "truth.jsonl").exists():
        folder = settings.home_dir / "demo" / f"edition-{number}"
        write_edition(make_edition(SEED, number), folder)
    return Edition(number, folder)


def edition_seen(settings: Settings, edition: Edition) -> None:
    """Remember that this edition's work is in the ledger now."""
    counter = settings.home_dir / "demo" / "edition"
    counter.parent.mkdir(parents=True, exist_ok=True)
    counter.write_text(str(edition.number))
