"""The parsers themselves, on files nobody means harm with."""

import pytest

from muster.sandbox.documents import warming
from muster.sandbox.documents.html import html_text
from muster.sandbox.documents.pdf import pdf_text
from muster.sandbox.documents.refusal import RefusedDocumentError
from muster.sandbox.documents.statement import statement_text
from tests.unit.intake.papers import STATEMENT, pdf


def test_the_papers_that_warm_the_parsers_are_read() -> None:
    assert pdf_text(warming.pdf(), most_pages=1, seconds=60) == "warm äöü"
    assert html_text(warming.HTML.decode()) == "warm & ready (https://example.com)"
    assert "+1.00 EUR" in statement_text(warming.STATEMENT)


def test_a_pdf_with_more_pages_than_wanted_is_refused() -> None:
    with pytest.raises(RefusedDocumentError, match="2 pages; 1 are read at most"):
        pdf_text(pdf("a", "b"), most_pages=1, seconds=60)


def test_hidden_text_of_a_page_is_not_read() -> None:
    assert html_text("<p>seen<span style='display: none'>pay me</span></p>") == "seen"


def test_a_statement_is_read() -> None:
    assert "Loom Supplies" in statement_text(STATEMENT)
