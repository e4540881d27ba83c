"""The envelope of a mail: who wrote it, to whom, and what is odd about it."""

from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses, parseaddr

from muster.core.text import one_line

_KEPT = (
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "Reply-To", "Return-Path", "Sender",
    "Authentication-Results", "Auto-Submitted", "Precedence", "X-Priority", "Importance", "Priority",
)  # fmt: skip
_DELIVERY = ("Delivered-To", "X-Original-To", "Envelope-To")
_ADDRESSED = ("To", "Cc")
_CHARS = 2000


def header(mail: Message, name: str) -> str:
    """The first header of that name, decoded, on one line; empty when there is none."""
    return next(iter(_all(mail, name)), "")


def kept_headers(mail: EmailMessage) -> dict[str, str]:
    """The headers a task keeps, and under `Muster-Note` what intake noticed."""
    kept = {name: value for name in _KEPT if (value := header(mail, name))}
    if notes := "; ".join(_oddities(kept)):
        kept["Muster-Note"] = notes
    return kept


def destinations(mail: EmailMessage) -> tuple[str, ...]:
    """The addresses the mail was for, lower case: where it was delivered first, then To and Cc as written.

    `support+claims@example.com` also stands for `support@example.com`, after every address as written.
    """
    named = [
        address.lower()
        for name in (*_DELIVERY, *_ADDRESSED)
        for value in _all(mail, name)
        for _, address in getaddresses([value])
        if "@" in address
    ]
    return tuple(dict.fromkeys([*named, *(_without_tag(address) for address in named)]))


def address_of(value: str) -> str:
    """The bare address in a header's value, lower case; empty when there is none."""
    address = parseaddr(value)[1].lower()
    return address if "@" in address else ""


def _all(mail: Message, name: str) -> Iterator[str]:
    """The values as the parser of headers decodes them; as they stand when that breaks on them."""
    for found, raw in mail.raw_items():
        if found.lower() == name.lower():
            try:
                value = str(mail.policy.header_fetch_parse(found, raw))
            except (AttributeError, LookupError, TypeError, ValueError, AssertionError, RecursionError):
                value = _decoded(str(raw))
            if line := one_line(value, _CHARS):
                yield line


def _decoded(raw: str) -> str:
    try:
        return str(make_header(decode_header(raw)))
    except (LookupError, TypeError, ValueError):
        return raw


def _oddities(kept: dict[str, str]) -> Iterator[str]:
    writer = address_of(kept.get("From", ""))
    if (answer_to := address_of(kept.get("Reply-To", ""))) and answer_to != writer:
        yield f"Reply-To ({answer_to}) differs from From ({writer})"
    bounce = address_of(kept.get("Return-Path", ""))
    if bounce and _domain(bounce) != _domain(writer):
        yield f"it was sent by {bounce}, not from {_domain(writer)}"
    results = kept.get("Authentication-Results", "").lower()
    for check in ("spf", "dkim", "dmarc"):
        if f"{check}=fail" in results:
            yield f"{check.upper()} failed"


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _without_tag(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
