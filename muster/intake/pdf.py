"""The text of a PDF."""

import logging
import time
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from muster.intake.limits import LIMITS, Limits
from muster.intake.message import UnreadableMessageError, reading

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on every small flaw of every sender's PDF

_END_MARK_WITHIN_BYTES = 2048


def pdf_text(data: bytes, limits: Limits = LIMITS) -> str:
    """The text of every page in reading order, a blank line between pages; empty for a scan.

    Raises:
        UnreadableMessageError: it is cut off, damaged, locked, too long or takes too long.
    """
    if b"%%EOF" not in data[-_END_MARK_WITHIN_BYTES:]:
        raise UnreadableMessageError(
            "the PDF is cut off: it has no end mark", do="ask the sender to send it again"
        )
    deadline = time.monotonic() + limits.read_seconds
    with reading("the PDF", PyPdfError):
        reader = PdfReader(BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableMessageError("the PDF needs a password", do="ask the sender for an open copy")
        if len(reader.pages) > limits.pages:
            raise UnreadableMessageError(
                f"the PDF has {len(reader.pages)} pages; {limits.pages} are read at most"
            )
        pages = []
        for page in reader.pages:
            if time.monotonic() > deadline:
                raise UnreadableMessageError(f"the PDF takes longer than {limits.read_seconds:.0f} s to read")
            pages.append(page.extract_text().strip())
    if not pages:
        raise UnreadableMessageError("the PDF has no pages")
    return "\n\n".join(page for page in pages if page)
