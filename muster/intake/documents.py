"""What a file says: PDF, bank statement, HTML or plain text.

Plain text is decoded here. What needs a parser is read in the sandbox, and where there is none, not at all.
"""

from muster.core.text import clean_text
from muster.intake.limits import LIMITS, Limits
from muster.intake.message import UnreadableMessageError
from muster.sandbox.errors import SandboxUnavailableError
from muster.sandbox.reader import Kind, UnreadableDocumentError, shared_reader

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
        UnreadableMessageError: it is empty, too large, cut off, damaged or locked, or it needs a parser and
            this machine cannot isolate one.
        SandboxBrokenError: the sandbox does not start; the file is to be tried again later.
    """
    if not data.strip():
        raise UnreadableMessageError(f"{name} is empty")
    if len(data) > limits.message_bytes:
        raise UnreadableMessageError(f"{name} has {len(data)} bytes; {limits.message_bytes} are read at most")
    text = clean_text(_text(name, media_type, data, limits), limits.text_chars).strip()
    if not text:
        raise NoTextError(
            f"{name} holds no text; it may be a scan", do="send it as text, or answer it by hand"
        )
    return text


def parsed(kind: Kind, data: bytes, limits: Limits = LIMITS) -> str:
    """The text a parser finds in the bytes, read in the sandbox.

    Raises:
        UnreadableMessageError: they are damaged, locked or too much, or this machine cannot isolate a parser.
        SandboxBrokenError: the sandbox does not start.
    """
    try:
        return shared_reader().read(kind, data, pages=limits.pages, seconds=limits.read_seconds)
    except UnreadableDocumentError as error:
        raise UnreadableMessageError(error.what, do=error.do) from error
    except SandboxUnavailableError as error:
        raise UnreadableMessageError(
            f"not read, because it cannot be read safely here: {error.what}", do=error.do
        ) from error


def decode_text(data: bytes, charset: str | None = None) -> str:
    """`data` in the charset it claims, else UTF-8, else Windows-1252 with marks for what that lacks."""
    for candidate in (charset, "utf-8"):
        try:
            if candidate:
                return data.decode(candidate)
        except (LookupError, ValueError):  # unknown charset, or wrong for these bytes
            continue
    return data.decode("windows-1252", "replace")


def _text(name: str, media_type: str, data: bytes, limits: Limits) -> str:
    suffix = name.lower().rpartition(".")[2]
    if b"%PDF-" in data[:1024]:
        return parsed("pdf", data, limits)
    if suffix == "pdf" or media_type == "application/pdf":
        raise UnreadableMessageError(f"{name} is called a PDF but is not one")
    if b"camt.053." in data[:2000]:
        return parsed("statement", data, limits)
    marked = next((codec for mark, codec in _MARKS if data.startswith(mark)), None)
    if marked is None and (b"\0" in data[:4096] or len(data.translate(None, _CONTROLS)) < 0.95 * len(data)):
        raise NoTextError(f"{name} ({media_type}, {len(data)} bytes) is of a kind that is not read")
    text = decode_text(data, marked)
    if suffix in {"html", "htm"} or media_type == "text/html":
        return parsed("html", text.encode("utf-8", "replace"), limits)
    return text
