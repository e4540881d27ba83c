"""Reading files in the sandbox: PDF, bank statement, text; and refusing what cannot be read."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from muster.intake.documents import NoTextError, document_text
from muster.intake.limits import Limits
from muster.intake.message import UnreadableMessageError
from tests.sandboxed import needs_sandbox
from tests.unit.intake.papers import STATEMENT, pdf

pytestmark = needs_sandbox


def test_the_pages_of_a_pdf_come_in_order() -> None:
    assert document_text("i.pdf", "application/pdf", pdf("first", "second")) == "first\n\nsecond"


def test_a_pdf_is_known_by_its_bytes_not_its_name() -> None:
    assert document_text("i.txt", "text/plain", pdf("Invoice")) == "Invoice"
    with pytest.raises(UnreadableMessageError, match="called a PDF"):
        document_text("i.pdf", "application/pdf", b"MZ\x90 not at all")


@pytest.mark.parametrize("cut", [1, 7, 200, 600])
def test_a_pdf_cut_anywhere_is_refused(cut: int) -> None:
    whole = pdf("Invoice 4711").rstrip()
    with pytest.raises(UnreadableMessageError):
        document_text("i.pdf", "application/pdf", whole[:-cut])


def test_a_scan_holds_no_text() -> None:
    with pytest.raises(NoTextError, match="scan"):
        document_text("scan.pdf", "application/pdf", pdf(""))


def test_a_locked_pdf_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("pdf") / "locked.pdf"
    with PdfWriter() as writer:
        writer.add_blank_page(100, 100)
        writer.encrypt("secret", algorithm="RC4-128")
        writer.write(path)
    with pytest.raises(UnreadableMessageError, match="password"):
        document_text("locked.pdf", "application/pdf", path.read_bytes())


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    with pytest.raises(UnreadableMessageError, match="3 pages"):
        document_text("i.pdf", "application/pdf", pdf("a", "b", "c"), Limits(pages=2))


def test_a_bank_statement_is_one_line_a_transaction() -> None:
    assert document_text("s.xml", "application/xml", STATEMENT).split("\n") == [
        "Bank statement STMT-11",
        "Account: DE89370400440532013000 Brightloom",
        "Period: 2026-11-01 to 2026-11-15",
        "Opening balance: +1000.00 EUR on 2026-11-01",
        "Transactions: 3",
        "2026-11-03 | -250.00 EUR | to Loom Supplies | FR1420041010050500013M02606 | INV-77 | ref T-1",
        "2026-11-04 | +10.00 EUR | from Ann",
        "2026-11-04 | +20.00 EUR | from Ben",
    ]


def test_a_statement_with_entities_is_refused() -> None:
    bomb = STATEMENT.replace(b"<Document", b'<!DOCTYPE x [<!ENTITY a "b">]><Document', 1)
    with pytest.raises(UnreadableMessageError, match="statement"):
        document_text("s.xml", "application/xml", bomb)
    with pytest.raises(UnreadableMessageError, match="statement"):
        document_text("s.xml", "application/xml", STATEMENT[:-100])


def test_text_is_decoded_by_its_mark_or_by_trial() -> None:
    for data in (
        "Größe".encode(),
        "Größe".encode("utf-16"),
        "Größe".encode("cp1252"),
        b"\xef\xbb\xbfGr\xc3\xb6\xc3\x9fe",
    ):
        assert document_text("a.txt", "text/plain", data) == "Größe"


def test_long_text_is_cut_and_says_so() -> None:
    text = document_text("a.txt", "text/plain", b"x" * 50, Limits(text_chars=10))
    assert text == "x" * 10 + "\n[cut after 10 characters of 50]"


@pytest.mark.parametrize("data", [b"", b" \n", b"PK\x03\x04\0\0", b"\x01\x02\x03\x04abc"])
def test_an_empty_or_foreign_file_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableMessageError):
        document_text("a.bin", "application/octet-stream", data)


_SEEDS = st.sampled_from(
    [pdf("Invoice 4711", "page two"), STATEMENT, b"plain text, \xe4\xf6", b"%PDF-1.7\n%%EOF"]
)


@settings(max_examples=120, deadline=None)
@given(
    _SEEDS,
    st.integers(0, 5000),
    st.integers(0, 400),
    st.binary(max_size=40),
    st.sampled_from(["a.pdf", "a.xml"]),
)
def test_no_damage_raises_anything_but_unreadable(
    seed: bytes, at: int, gone: int, put: bytes, name: str
) -> None:
    damaged = seed[: at % len(seed)] + put + seed[at % len(seed) + gone :]
    with suppress(UnreadableMessageError):
        assert document_text(name, "application/octet-stream", damaged)
