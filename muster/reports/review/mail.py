"""The review as a mail: its summary in the text, the PDF attached, handed to the company's mail server."""

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from typing import Final, Literal, Self

from muster.core.canonical import sha256_hex
from muster.core.errors import OperatorError, PlatformError
from muster.core.settings import Settings
from muster.reports.review.archive import ArchivedReview

_TIMEOUT_SECONDS: Final = 30.0
_ADDRESS: Final = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LASTING: Final = 500
"""SMTP codes from here on mean that trying again is of no use."""


class MailSettingsError(OperatorError):
    """The settings for mail cannot be used."""


class MailNotSentError(PlatformError):
    """The mail server is away or does not take the mail; the field `lasting` says that it never will."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPost:
    """Where reviews are handed in, and for whom."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None
    password: str | None = field(repr=False)
    sender: str
    recipients: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """As the settings say; None when no server or no recipient is set.

        Raises:
            MailSettingsError: an address cannot be read, or a password would go over the net in the clear.
        """
        recipients = _addresses(settings.review_recipients, "MUSTER_REVIEW_RECIPIENTS")
        if settings.mail_host is None or not recipients:
            return None
        password = settings.mail_password
        if (
            password is not None
            and settings.mail_security == "none"
            and settings.mail_host not in _THIS_MACHINE
        ):
            raise MailSettingsError(
                "the password would be sent unencrypted",
                where="MUSTER_MAIL_SECURITY=none",
                do="set MUSTER_MAIL_SECURITY to starttls or tls, or sign in with no password",
            )
        (sender,) = _addresses(settings.mail_from, "MUSTER_MAIL_FROM")[:1] or ("muster@localhost",)
        return cls(
            host=settings.mail_host,
            port=settings.mail_port,
            security=settings.mail_security,
            user=settings.mail_user,
            password=None if password is None else password.get_secret_value(),
            sender=sender,
            recipients=recipients,
        )

    @property
    def server(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the mail server did with a mail."""

    taken: tuple[str, ...]
    refused: tuple[str, ...]
    reason: str | None
    """Why it refused some; None when it refused nobody."""


def review_mail(review: ArchivedReview, post: MailPost, now: datetime) -> EmailMessage:
    """The mail; the same review gives the same Message-ID, so that a second try is no second mail."""
    mail = EmailMessage()
    mail["From"] = post.sender
    mail["To"] = ", ".join(post.recipients)
    mail["Subject"] = review.title
    mail["Date"] = format_datetime(now)
    domain = post.sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{review.edition}-{review.name}-{sha256_hex(review.pdf)[:16]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(review.markdown)
    mail.add_alternative(review.summary_html, subtype="html")
    name = review.html_path.with_suffix(".pdf").name
    mail.add_attachment(review.pdf, maintype="application", subtype="pdf", filename=name)
    return mail


def hand_in(mail: EmailMessage, post: MailPost) -> Delivery:
    """Give the mail to the server; blocks for as long as that takes.

    Raises:
        MailNotSentError: the server is away, or takes it for nobody.
    """
    try:
        with _connected(post) as server:
            if post.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if post.user is not None:
                server.login(post.user, post.password or "")
            refused = server.send_message(mail, post.sender, list(post.recipients))
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _not_sent(_told(error.recipients), post, lasting=min(codes) >= _LASTING) from None
    except smtplib.SMTPResponseException as error:
        raise _not_sent(
            _answer(error.smtp_code, error.smtp_error), post, lasting=error.smtp_code >= _LASTING
        ) from None
    except UnicodeEncodeError:  # its message has a part of the password in it
        raise _not_sent("user or password has a letter that is not ASCII", post, lasting=True) from None
    except smtplib.SMTPNotSupportedError as error:
        raise _not_sent(str(error), post, lasting=True) from None
    except ssl.SSLCertVerificationError as error:
        raise _not_sent(
            f"its certificate is not trusted: {error.verify_message}", post, lasting=True
        ) from None
    except (OSError, smtplib.SMTPException) as error:
        raise _not_sent(str(error) or type(error).__name__, post, lasting=False) from None
    taken = tuple(address for address in post.recipients if address not in refused)
    return Delivery(taken, tuple(refused), _told(refused) if refused else None)


def _connected(post: MailPost) -> smtplib.SMTP:
    if post.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(post.host, post.port, timeout=_TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(post.host, post.port, timeout=_TIMEOUT_SECONDS)


def _not_sent(why: str, post: MailPost, *, lasting: bool) -> MailNotSentError:
    return MailNotSentError(
        f"the review was not mailed: {why}",
        where=post.server,
        do="see the MUSTER_MAIL_… settings and the server's log; then: muster review … --mail",
        lasting=lasting,
        reason=why,
    )


def _told(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address}: {_answer(code, text)}" for address, (code, text) in sorted(refused.items()))


def _answer(code: int, text: bytes | str) -> str:
    """The server's own words, in one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"


def _addresses(text: str, variable: str) -> tuple[str, ...]:
    """The bare addresses in a comma-separated list, each once.

    Raises:
        MailSettingsError: one cannot be read.
    """
    found = [address for _, address in getaddresses([text])] if text.strip() else []
    for address in found:
        if not (text.isprintable() and _ADDRESS.fullmatch(address)):
            raise MailSettingsError(
                f"there is no mail address in {text!r}",
                where=variable,
                do="write addresses with commas between them",
            )
    return tuple(dict.fromkeys(found))
