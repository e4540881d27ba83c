"""Outgoing mail: messages are put in the outbox."""

from typing import Any

from sqlalchemy import Connection, insert

from muster.demo.company.arguments import Arguments, Email, Line, LongText
from muster.demo.company.tables import outbox
from muster.demo.company.tool import Answer, Tool, next_id


class SendMessage(Arguments):
    to: Email
    subject: Line
    body: LongText
    in_reply_to: Line | None = None


def send_message(books: Connection, wanted: SendMessage) -> Answer:
    message_id = next_id(books, outbox, "MSG")
    books.execute(insert(outbox).values({"message_id": message_id, **wanted.model_dump()}))
    return Answer({"message_id": message_id, "to": wanted.to, "status": "queued"}, changed=True)


TOOLS: tuple[Tool[Any], ...] = (
    Tool("mail", "send_message", "Send an e-mail from Brightloom.", SendMessage, send_message),
)
