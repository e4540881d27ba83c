"""The review as a PDF, set by Typst from the same texts as the page: no browser, no system library.

The texts reach the template as JSON, so that nothing an outsider wrote is ever taken for markup. The fonts
come with Typst and are looked for first; those of the machine serve only scripts they lack.
"""

import json
from datetime import datetime
from importlib.resources import files
from typing import Final

import typst

from muster.core.errors import PlatformError
from muster.reports.review.document import Document

_TEMPLATE: Final = files("muster.reports").joinpath("templates", "review.typ")


class PdfNotMadeError(PlatformError):
    """The PDF cannot be set."""


def pdf_pages(document: Document, made_at: datetime) -> bytes:
    """The review as a PDF; the same texts and moment give the same bytes.

    Raises:
        PdfNotMadeError: Typst refuses them.
    """
    inputs = {"review": json.dumps(document, ensure_ascii=False)}
    try:
        pages = typst.compile(
            _TEMPLATE.read_bytes(), format="pdf", sys_inputs=inputs, timestamp=int(made_at.timestamp())
        )
    except typst.TypstError as error:
        raise PdfNotMadeError(
            f"the review cannot be set as a PDF: {error.message}",
            where=document["title"],
            do="tell the platform's engineers; the figures are there: muster kpi",
        ) from error
    assert isinstance(pages, bytes)  # one PDF holds all its pages
    return pages
