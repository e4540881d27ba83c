"""The webhook channel: the body of a dispatch request becomes a message."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import orjson

from muster.core.errors import CallerError
from muster.core.text import clean_text, one_line
from muster.intake.limits import LIMITS, Limits
from muster.intake.message import (
    Content,
    IncomingMessage,
    UnreadableMessageError,
    reading,
)
from muster.ledger.events import Priority

_NAME_CHARS = 200
_TRANSACTION_TYPE = re.compile(r"(?:[a-z][a-z0-9_]{0,62})?")
_SENDER_LINE = re.compile(r"^\s*(?:e-?mail|from|sender)\s*:\s*(\S+@\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a request."""

    field: str
    problem: str


class DispatchRefusedError(CallerError):
    """The request is not a dispatch request; it names every field that is missing or wrong."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__(
            "; ".join(f"{problem.field} {problem.problem}" for problem in problems),
            where="request body",
            do="send task_id, source, priority (low, medium, high) and content (text or an object)",
        )
        self.problems = problems


def read_dispatch(body: bytes, received_at: datetime, limits: Limits = LIMITS) -> IncomingMessage:
    """The message in a dispatch request's JSON body; fields beside the four and `transaction_type` are
    not looked at.

    Raises:
        DispatchRefusedError: the body is not a JSON object, or a field is missing or wrong.
    """
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DispatchRefusedError(
            [FieldProblem("body", f"is not JSON: {one_line(str(error), 200)}")]
        ) from None
    if not isinstance(fields, dict):
        raise DispatchRefusedError([FieldProblem("body", "must be a JSON object")])
    if problems := list(_problems(fields)):
        raise DispatchRefusedError(problems)
    try:
        with reading("content"):
            content = _content(fields["content"], received_at, limits)
    except UnreadableMessageError as error:
        raise DispatchRefusedError([FieldProblem("content", error.what)]) from None
    if not content.text:
        raise DispatchRefusedError([FieldProblem("content", "must not be empty")])
    source = one_line(fields["source"], _NAME_CHARS)
    return IncomingMessage(
        source=source,
        external_id=one_line(fields["task_id"], _NAME_CHARS),
        channel="webhook",
        destinations=(source,),
        priority=fields["priority"],
        title=one_line(content.subject or content.text, limits.title_chars),
        content=content,
        transaction_type=fields.get("transaction_type", ""),
    )


def _problems(fields: dict[str, Any]) -> Iterator[FieldProblem]:
    for name in ("task_id", "source"):
        value = fields.get(name)
        if name not in fields:
            yield FieldProblem(name, "is missing")
        elif not isinstance(value, str):
            yield FieldProblem(name, "must be text")
        elif not one_line(value, _NAME_CHARS) or len(value) > _NAME_CHARS:
            yield FieldProblem(name, f"must have 1 to {_NAME_CHARS} characters")
    if "priority" not in fields:
        yield FieldProblem("priority", "is missing")
    elif fields["priority"] not in get_args(Priority):
        yield FieldProblem("priority", "must be low, medium or high")
    kind = fields.get("transaction_type", "")
    if not isinstance(kind, str) or not _TRANSACTION_TYPE.fullmatch(kind):
        yield FieldProblem("transaction_type", "must be lower-case letters, digits and _, or left out")
    if "content" not in fields:
        yield FieldProblem("content", "is missing")
    elif not isinstance(fields["content"], (str, dict)):
        yield FieldProblem("content", "must be text or an object")


def _content(content: str | dict[str, Any], received_at: datetime, limits: Limits) -> Content:
    """Text as it is; an object as one `key: value` a line, what is nested as JSON."""
    named: dict[str, str] = {}
    if isinstance(content, dict):
        named = {key.lower(): value for key, value in content.items() if isinstance(value, str)}
        content = "\n".join(f"{key}: {_shown(value)}".rstrip() for key, value in content.items())
    text = clean_text(content, limits.text_chars).strip()
    sender = _SENDER_LINE.search(text)
    subject = one_line(named.get("subject") or named.get("title") or "", limits.title_chars)
    return Content(
        text=text,
        received_at=received_at,
        sender=one_line(sender[1], _NAME_CHARS) if sender else None,
        subject=subject or None,
    )


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False).replace("\\u0000", "")
