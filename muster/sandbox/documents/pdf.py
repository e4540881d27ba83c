"""The text of a PDF."""

import logging
import time
from io import BytesIO

from pypdf import PdfReader

from muster.sandbox.documents.refusal import RefusedDocumentError

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on every small flaw of every sender's PDF

_END_MARK_WITHIN_BYTES = 2048


def pdf_text(data: bytes, *, most_pages: int, seconds: float) -> str:
    """The text of every page in reading order, a blank line between pages; empty for a scan.

    Raises:
        RefusedDocumentError: it is cut off, locked, too long or takes too long; a damaged one raises
            whatever the parser makes of it.
    """
    if b"%%EOF" not in data[-_END_MARK_WITHIN_BYTES:]:
        raise RefusedDocumentError(
            "the PDF is cut off: it has no end mark", "ask the sender to send it again"
        )
    deadline = time.monotonic() + seconds
    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise RefusedDocumentError("the PDF needs a password", "ask the sender for an open copy")
    if len(reader.pages) > most_pages:
        raise RefusedDocumentError(f"the PDF has {len(reader.pages)} pages; {most_pages} are read at most")
    pages = []
    for page in reader.pages:
        if time.monotonic() > deadline:
            raise RefusedDocumentError(f"the PDF takes longer than {seconds:.0f} s to read")
        pages.append(page.extract_text().strip())
    if not pages:
        raise RefusedDocumentError("the PDF has no pages")
    return "\n\n".join(page for page in pages if page)
