"""What a file says: PDF, bank statement, HTML or plain text."""

from collections.abc import Callable

from muster.intake.camt import is_statement, statement_text
from muster.intake.html_text import html_text
from muster.intake.limits import LIMITS, Limits
from muster.intake.message import UnreadableMessageError, clean_text
from muster.intake.pdf import pdf_text

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - {8, 9, 10, 12, 13, 27})


class NoTextError(UnreadableMessageError):
    """The file is sound as far as can be told, but there is no text in it to read: a picture, a scan."""


def document_text(name: str, media_type: str, data: bytes, limits: Limits = LIMITS) -> str:
    """The text of the file, cleaned and cut to the limits; what it is, is seen in its bytes first.

    Raises:
        NoTextError: it is of a kind that is not read, or a scan.
        UnreadableMessageError: it is empty, too large, cut off, damaged or locked.
    """
    if not data.strip():
        raise UnreadableMessageError(f"{name} is empty")
    if len(data) > limits.message_bytes:
        raise UnreadableMessageError(f"{name} has {len(data)} bytes; {limits.message_bytes} are read at most")
    text = clean_text(_reader(name, media_type, data, limits)(data), limits.text_chars).strip()
    if not text:
        raise NoTextError(
            f"{name} holds no text; it may be a scan", do="send it as text, or answer it by hand"
        )
    return text


def decode_text(data: bytes, charset: str | None = None) -> str:
    """`data` in the charset it claims, else UTF-8, else Windows-1252 with marks for what that lacks."""
    for candidate in (charset, "utf-8"):
        try:
            if candidate:
                return data.decode(candidate)
        except (LookupError, ValueError):  # unknown charset, or wrong for these bytes
            continue
    return data.decode("windows-1252", "replace")


def _reader(name: str, media_type: str, data: bytes, limits: Limits) -> Callable[[bytes], str]:
    suffix = name.lower().rpartition(".")[2]
    if b"%PDF-" in data[:1024]:
        return lambda pdf: pdf_text(pdf, limits)
    if suffix == "pdf" or media_type == "application/pdf":
        raise UnreadableMessageError(f"{name} is called a PDF but is not one")
    if is_statement(data):
        return statement_text
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    if marked is None and (b"\0" in data[:4096] or len(data.translate(None, _CONTROLS)) < 0.95 * len(data)):
        raise NoTextError(f"{name} ({media_type}, {len(data)} bytes) is of a kind that is not read")
    if suffix in {"html", "htm"} or media_type == "text/html":
        return lambda html: html_text(decode_text(html, marked))
    return lambda text: decode_text(text, marked)
