"""The body and the attachments of a parsed mail."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from email import errors as mail_errors
from email.message import EmailMessage, Message

from muster.core.text import clean_text, one_line
from muster.intake.documents import NoTextError, decode_text, document_text, parsed
from muster.intake.limits import LIMITS, Limits
from muster.intake.mail_headers import header
from muster.intake.message import Attachment, UnreadableMessageError

_SHAPELESS = (
    mail_errors.NoBoundaryInMultipartDefect,
    mail_errors.StartBoundaryNotFoundDefect,
    mail_errors.MultipartInvariantViolationDefect,
)
_SHOWN = ("From", "To", "Date", "Subject")
"""Headers shown of a mail inside the mail."""
_NAME_CHARS = 120


def body_text(mail: EmailMessage, limits: Limits = LIMITS) -> str:
    """The text of the mail itself; of alternatives the plain one, unless it is empty.

    Raises:
        UnreadableMessageError: its parts cannot be told apart, or are too many.
    """
    texts = (_part_text(part) for part in _sound(mail, limits) if _is_body(part))
    return clean_text("\n\n".join(text for text in texts if text), limits.text_chars)


def attachments(mail: EmailMessage, limits: Limits = LIMITS) -> tuple[Attachment, ...]:
    """Everything else in the mail, read; what holds no text is named with a note instead.

    Raises:
        UnreadableMessageError: one of them is damaged, so the mail cannot be worked on as it is.
    """
    return tuple(_attachments(mail, limits))


def _attachments(mail: Message, limits: Limits) -> Iterator[Attachment]:
    for part in _sound(mail, limits):
        if part.is_multipart():  # message/rfc822 and its kin: a mail inside the mail
            for inner in _children(part):
                yield _forwarded(part, inner, limits)
                yield from _attachments(inner, replace(limits, depth=limits.depth - 1))
        elif not _is_body(part):
            yield _attachment(part, limits)


def _sound(mail: Message, limits: Limits) -> list[Message]:
    leaves = []
    for leaf in _leaves(mail, limits.depth):
        leaves.append(leaf)
        if len(leaves) > limits.parts:
            raise UnreadableMessageError(f"the mail has more than {limits.parts} parts")
    return leaves


def _leaves(part: Message, depth: int) -> Iterator[Message]:
    """The parts that hold content, in order; of alternatives the best, and documents in the others."""
    if depth == 0:
        raise UnreadableMessageError("the mail holds mails or parts nested too deep")
    if any(isinstance(defect, _SHAPELESS) for defect in part.defects):
        raise UnreadableMessageError("the mail's parts cannot be told apart: its MIME boundary is missing")
    if part.get_content_maintype() != "multipart":
        yield part
        return
    alternatives = part.get_content_subtype() == "alternative"
    branches = [list(_leaves(child, depth - 1)) for child in _children(part)]
    chosen = _best(branches) if alternatives else None
    for branch in branches:
        yield from branch if chosen is None or branch is chosen else filter(_is_enclosure, branch)


def _best(alternatives: list[list[Message]]) -> list[Message] | None:
    """The first alternative that says something in plain text; else the last one, which is the richest."""
    for leaves in alternatives:
        if any(
            leaf.get_content_type() == "text/plain" and _is_body(leaf) and _part_text(leaf) for leaf in leaves
        ):
            return leaves
    return alternatives[-1] if alternatives else None


def _is_enclosure(part: Message) -> bool:
    """Whether the part is a document that was put inside one alternative, not a picture of its layout."""
    return not _is_body(part) and part.get_content_maintype() != "image"


def _is_body(part: Message) -> bool:
    if part.get_content_type() not in {"text/plain", "text/html"}:
        return False
    return part.get_content_disposition() != "attachment" and not part.get_filename()


def _part_text(part: Message) -> str:
    text = decode_text(_payload(part), part.get_content_charset())
    if part.get_content_type() == "text/html":
        text = parsed("html", text.encode("utf-8", "replace"))
    return text.strip()


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if any(isinstance(defect, mail_errors.InvalidBase64LengthDefect) for defect in part.defects):
        raise UnreadableMessageError("a part of the mail is damaged: its base64 is cut off")
    return payload if isinstance(payload, bytes) else b""


def _attachment(part: Message, limits: Limits) -> Attachment:
    media_type = one_line(part.get_content_type(), _NAME_CHARS)
    data = _payload(part)
    name = _name(part, f"unnamed {media_type}")
    try:
        text = document_text(name, media_type, data, limits) if data.strip() else "[empty]"
    except NoTextError as error:
        text = f"[{error.reason}]"
    return Attachment(name=name, media_type=media_type, text=text)


def _forwarded(part: Message, mail: Message, limits: Limits) -> Attachment:
    headers = [f"{name}: {header(mail, name)}" for name in _SHOWN if name in mail]
    bodies = [_part_text(leaf) for leaf in _sound(mail, limits) if _is_body(leaf)]
    text = clean_text("\n".join([*headers, "", *bodies]), limits.text_chars).strip()
    return Attachment(
        name=_name(part, "forwarded mail"), media_type=part.get_content_type(), text=text or "[empty]"
    )


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, Iterable) else []


def _name(part: Message, otherwise: str) -> str:
    given = one_line(part.get_filename() or "", _NAME_CHARS)
    return given.replace("/", "_").replace("\\", "_") or otherwise
