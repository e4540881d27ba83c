"""Where nothing can isolate a parser, no parser runs: what needs one is quarantined, saying why."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.intake.documents import document_text
from muster.intake.folder import collect
from muster.intake.mail import read_mail
from muster.intake.message import UnreadableMessageError
from muster.intake.quarantine import waiting
from muster.ledger.postgres import PostgresLedger
from muster.sandbox.reader import shared_reader
from muster.sandbox.standing import standing
from tests.unit.intake.papers import ARRIVED_AT, STATEMENT, mail, pdf


@pytest.fixture(autouse=True)
def without_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without bubblewrap, as this process sees it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    shared_reader().close()
    standing.cache_clear()
    yield
    standing.cache_clear()


@pytest.mark.parametrize(
    ("name", "data"), [("i.pdf", pdf("x")), ("s.xml", STATEMENT), ("a.html", b"<p>x</p>")], ids=str
)
def test_what_needs_a_parser_is_not_read(name: str, data: bytes) -> None:
    with pytest.raises(UnreadableMessageError, match="bubblewrap is not installed") as caught:
        document_text(name, "application/octet-stream", data)
    assert "apt install bubblewrap" in (caught.value.do or "")


def test_plain_text_is_read_as_before() -> None:
    assert document_text("a.txt", "text/plain", b"pay me") == "pay me"
    letter = mail()
    letter.add_alternative("<p>richer</p>", subtype="html")
    assert read_mail(letter.as_bytes(), ARRIVED_AT).content.text == "My order BL-10432 has not come."


async def test_the_file_waits_in_quarantine_with_the_reason(ledger: PostgresLedger, tmp_path: Path) -> None:
    folder = tmp_path / "drop" / "finance"
    folder.mkdir(parents=True)
    (folder / "i.pdf").write_bytes(pdf("Invoice"))
    collected = await collect(ledger, tmp_path / "drop", settle_seconds=0)
    assert collected.quarantined == 1
    (message,) = await waiting(ledger)
    assert "bubblewrap is not installed" in message.reason
