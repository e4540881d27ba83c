"""Reviews on their way by mail: a real server on this machine takes them, refuses them, or is away."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from pypdf import PdfReader

from muster.core.clock import FixedClock
from muster.core.settings import Settings
from muster.ledger.postgres import PostgresLedger
from muster.ledger.reader import LedgerReader
from muster.reports.publish import mail_review, publish_review, record_not_mailed
from muster.reports.review.archive import ReviewNotFoundError, archived
from muster.reports.review.mail import MailNotSentError, MailPost, MailSettingsError, hand_in, review_mail
from muster.reports.weekly_review import WrittenReview, write_review
from tests.integration.reports.post_office import PostOffice, certificate_of
from tests.unit.analysis.story import company

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> WrittenReview:
    return write_review(company(tasks=60), "2026-W47", tmp_path_factory.mktemp("reports"), FixedClock(NOW))


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice().open() as office:
        yield office


def post(settings: Settings) -> MailPost:
    found = MailPost.of(settings)
    assert found is not None
    return found


def test_the_mail_says_the_summary_and_carries_the_pdf(review: WrittenReview, office: PostOffice) -> None:
    to = post(office.settings())

    delivery = hand_in(review_mail(archived(review.html_path), to, NOW), to)

    ((recipients, mail),) = office.arrived
    assert recipients == delivery.taken == ("cfo@example.com", "coo@example.com")
    assert mail["Subject"] == "Agent review, week 47 of 2026"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert "60 tasks ended" in text.get_content()
    assert html is not None
    assert "Rehearsal: a scripted stand-in answered" in html.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "weekly-2026-W47.pdf"
    assert attached.get_content() == review.pdf_path.read_bytes()


def test_the_same_review_is_the_same_mail_however_often_it_is_tried(
    review: WrittenReview, office: PostOffice
) -> None:
    to = post(office.settings())

    first, second = (review_mail(archived(review.html_path), to, NOW) for _ in range(2))

    assert first["Message-ID"] == second["Message-ID"]
    assert "weekly-2026-W47" in first["Message-ID"]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The mail server's certificate, which this machine trusts for the test."""
    path = certificate_of(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def signing_in(office: PostOffice, password: str) -> MailPost:
    return post(
        office.settings(mail_security="starttls", mail_user="muster", mail_password=SecretStr(password))
    )


def test_the_password_signs_in_over_tls_and_stands_nowhere_else(
    review: WrittenReview, certificate: Path
) -> None:
    with PostOffice().open(certificate) as office:
        to = signing_in(office, "korrekt-pferd")

        hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert office.signed_in == [(b"muster", b"korrekt-pferd")]
    assert "korrekt-pferd" not in repr(to)
    assert "korrekt-pferd" not in office.arrived[0][1].as_string()


def test_a_wrong_password_is_said_and_never_shown(review: WrittenReview, certificate: Path) -> None:
    with PostOffice().open(certificate) as office:
        to = signing_in(office, "battery-staple")
        with pytest.raises(MailNotSentError) as refusal:
            hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert refusal.value.fields["lasting"] is True
    assert "535" in str(refusal.value)
    assert "battery-staple" not in str(refusal.value)


def test_a_password_mail_servers_cannot_take_is_said_and_never_shown(
    review: WrittenReview, certificate: Path
) -> None:
    with PostOffice().open(certificate) as office:
        to = signing_in(office, "schlüssel-bund")
        with pytest.raises(MailNotSentError, match="not ASCII") as refusal:
            hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert refusal.value.fields["lasting"] is True
    assert "schl" not in str(refusal.value)


def test_a_certificate_nobody_vouches_for_gets_neither_password_nor_mail(
    review: WrittenReview, tmp_path: Path
) -> None:
    with PostOffice().open(certificate_of(tmp_path)) as office:
        to = signing_in(office, "korrekt-pferd")
        with pytest.raises(MailNotSentError, match="certificate is not trusted"):
            hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert office.signed_in == []
    assert office.arrived == []


def test_one_unknown_mailbox_does_not_keep_the_mail_from_the_others(review: WrittenReview) -> None:
    with PostOffice(refused=frozenset({"coo@example.com"})).open() as office:
        to = post(office.settings())

        delivery = hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert delivery.taken == ("cfo@example.com",)
    assert delivery.refused == ("coo@example.com",)
    assert delivery.reason == "coo@example.com: 550 5.1.1 no such mailbox"


@pytest.mark.parametrize(
    ("answer", "lasting"), [("451 4.3.0 try again later", False), ("554 5.7.1 not wanted here", True)]
)
def test_a_refusal_is_told_with_whether_it_lasts(answer: str, lasting: bool, review: WrittenReview) -> None:
    with PostOffice(answer=answer).open() as office:
        to = post(office.settings())
        with pytest.raises(MailNotSentError) as refusal:
            hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert refusal.value.fields["lasting"] is lasting
    assert answer in str(refusal.value)


def test_a_server_that_is_away_may_be_back_later(review: WrittenReview) -> None:
    to = post(PostOffice().settings())

    with pytest.raises(MailNotSentError) as refusal:
        hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert refusal.value.fields["lasting"] is False
    assert refusal.value.exit_code == 5


def test_a_server_without_encryption_is_not_spoken_to_when_encryption_is_wanted(
    review: WrittenReview, office: PostOffice
) -> None:
    to = post(office.settings(mail_security="starttls"))

    with pytest.raises(MailNotSentError, match="STARTTLS"):
        hand_in(review_mail(archived(review.html_path), to, NOW), to)

    assert office.arrived == []


def test_a_password_is_never_sent_over_the_net_in_the_clear() -> None:
    with pytest.raises(MailSettingsError, match="unencrypted"):
        MailPost.of(
            Settings(
                mail_host="mail.example.com",
                mail_security="none",
                mail_password=SecretStr("x"),
                review_recipients="cfo@example.com",
            )
        )


@pytest.mark.parametrize(
    "recipients", ["cfo", "cfo@", "@example.com", "a@b.c, nobody", "a@b.c\r\nBcc: d@e.f"]
)
def test_what_is_no_address_is_refused_with_its_setting(recipients: str) -> None:
    with pytest.raises(MailSettingsError) as refusal:
        MailPost.of(Settings(mail_host="127.0.0.1", review_recipients=recipients))

    assert refusal.value.where == "MUSTER_REVIEW_RECIPIENTS"


def test_without_server_or_recipients_nothing_is_mailed() -> None:
    assert MailPost.of(Settings(mail_host=None, review_recipients="cfo@example.com")) is None
    assert MailPost.of(Settings(mail_host="127.0.0.1", review_recipients="")) is None


async def test_what_was_sent_to_whom_is_in_the_record(
    ledger: PostgresLedger, database_url: str, office: PostOffice, tmp_path: Path
) -> None:
    settings = office.settings(home=tmp_path)
    published = await publish_review(ledger, LedgerReader(database_url), settings, "2026-W47")

    await mail_review(ledger, settings, published.html_path)

    events = LedgerReader(database_url).events(kinds=["report.published", "report.sent"])
    assert events["kind"].to_list() == ["report.published", "report.sent"]
    assert events["status"][1] == "sent"
    (body,) = await ledger.fetch(
        "SELECT body::jsonb -> 'payload' AS sent FROM ledger.events WHERE kind = 'report.sent'"
    )
    assert body["sent"]["recipients"] == ["cfo@example.com", "coo@example.com"]
    assert body["sent"]["sha256"] == published.pdf_sha256
    assert "mailed to 2" in (tmp_path / "reports" / "index.html").read_text()
    assert len(PdfReader(published.pdf_path).pages) == 1


async def test_a_mail_that_stays_unsent_is_recorded_and_costs_no_review(
    ledger: PostgresLedger, database_url: str, tmp_path: Path
) -> None:
    settings = PostOffice().settings(home=tmp_path)
    published = await publish_review(ledger, LedgerReader(database_url), settings, "2026-W47")

    with pytest.raises(MailNotSentError) as away:
        await mail_review(ledger, settings, published.html_path)
    await record_not_mailed(ledger, settings, published.html_path, away.value)

    events = LedgerReader(database_url).events(kinds=["report.sent"])
    assert events["status"].to_list() == ["failed"]
    assert "refused" in events["reason"][0]
    assert published.html_path.exists()
    assert published.pdf_path.exists()
    assert "not mailed" in (tmp_path / "reports" / "index.html").read_text()


def test_a_review_that_is_not_there_cannot_be_mailed(tmp_path: Path) -> None:
    with pytest.raises(ReviewNotFoundError):
        archived(tmp_path / "weekly-2026-W47.html")
