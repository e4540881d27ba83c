"""A letter on its way through the real door of its channel."""

import json
from datetime import datetime
from email.message import EmailMessage
from itertools import count

from muster.intake.folder import read_file
from muster.intake.mail import read_mail
from muster.intake.message import IncomingMessage
from muster.intake.webhook import read_dispatch
from tests.injection.attack import Letter

_numbers = count(1)
_TO = {
    "support": "support@brightloom.example",
    "finance": "invoices@brightloom.example",
    "vendors": "vendors@brightloom.example",
}


def arrived(letter: Letter, team: str, at: datetime) -> IncomingMessage:
    """What intake makes of the letter."""
    number = next(_numbers)
    if letter.channel == "webhook":
        fields = {
            "task_id": f"wf-{number}",
            "source": "website-form",
            "priority": "medium",
            "content": letter.text,
        }
        return read_dispatch(json.dumps(fields).encode(), at)
    if letter.channel == "mail":
        return read_mail(_mail(letter, _TO[team], number), at)
    return read_file("finance", f"paper_{number}.txt", letter.text.encode(), at)


def _mail(letter: Letter, to: str, number: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = letter.sender, to
    mail["Subject"] = " ".join(letter.subject.split()) or "no subject"
    mail["Message-ID"] = f"<{number}@suite.example>"
    if letter.html:
        mail.set_content(letter.html, subtype="html")
    else:
        mail.set_content(letter.text)
    for paper in letter.papers:
        main, _, sub = paper.media_type.partition("/")
        if main == "message":
            inner = EmailMessage()
            inner["From"], inner["Subject"] = "team@parcel-desk.example", "notice"
            inner.set_content(paper.data.decode().partition("\r\n\r\n")[2])
            mail.add_attachment(inner)
        else:
            mail.add_attachment(paper.data, maintype=main, subtype=sub, filename=paper.name)
    if not letter.from_line:
        return bytes(mail)
    plain = f"From: {letter.sender}".encode()
    return bytes(mail).replace(plain, f"From: {letter.from_line}".encode(), 1)
