"""Reading mail as people and machines really send it."""

import pytest

from muster.intake.limits import Limits
from muster.intake.mail import named_destination, read_mail
from muster.intake.message import UnreadableMessageError

from .papers import ARRIVED_AT, mail


def test_a_plain_mail_becomes_a_message() -> None:
    message = read_mail(mail().as_bytes(), ARRIVED_AT)
    assert message.external_id == "one@customer.example"
    assert message.source == "mail:support@brightloom.example"
    assert message.title == "Where is my order?"
    assert message.content.text == "My order BL-10432 has not come."
    assert message.content.sender == "Jane Doe <jane@customer.example>"
    assert message.content.as_json()["received_at"] == "2026-11-21T10:00:00Z"


def test_encoded_headers_and_old_charsets_are_decoded() -> None:
    raw = (
        b"From: =?utf-8?q?J=C3=BCrgen?= <j@x.example>\r\nTo: support@brightloom.example\r\n"
        b"Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe aus K=F6ln"
    )
    message = read_mail(raw, ARRIVED_AT)
    assert (message.title, message.content.text) == ("Grüße", "Grüße aus Köln")
    assert message.content.sender == "Jürgen <j@x.example>"


@pytest.mark.parametrize("charset", ["x-no-such-charset", "base64", "utf-16", "idna", "undefined"])
def test_a_wrong_charset_does_not_lose_the_text(charset: str) -> None:
    raw = mail().as_bytes().replace(b'charset="utf-8"', f'charset="{charset}"'.encode())
    assert read_mail(raw, ARRIVED_AT).content.text


def test_of_two_alternatives_the_plain_one_is_read() -> None:
    letter = mail()
    letter.add_alternative("<p>richer</p>", subtype="html")
    assert read_mail(letter.as_bytes(), ARRIVED_AT).content.text == "My order BL-10432 has not come."


def test_a_picture_is_named_and_does_not_stop_the_mail() -> None:
    letter = mail()
    letter.add_attachment(b"\x89PNG\r\n\x1a\n\0\0", maintype="image", subtype="png", filename="broken.png")
    (attachment,) = read_mail(letter.as_bytes(), ARRIVED_AT).content.attachments
    assert attachment.text == "[broken.png (image/png, 10 bytes) is of a kind that is not read]"


def test_where_it_was_delivered_comes_before_what_it_says() -> None:
    raw = b"Delivered-To: Vendors+x@Brightloom.example\r\n" + mail(Cc="A <a@b.example>").as_bytes()
    assert read_mail(raw, ARRIVED_AT).destinations == (
        "vendors+x@brightloom.example",
        "support@brightloom.example",
        "a@b.example",
        "vendors@brightloom.example",
    )


def test_a_reply_to_elsewhere_is_noted() -> None:
    message = read_mail(mail(Reply_To="jane@free.example").as_bytes(), ARRIVED_AT)
    assert "Reply-To (jane@free.example) differs from From" in message.content.headers["Muster-Note"]
    forged = mail(Authentication_Results="mx; spf=pass; dmarc=fail", Return_Path="<x@spam.example>")
    note = read_mail(forged.as_bytes(), ARRIVED_AT).content.headers["Muster-Note"]
    assert note == "it was sent by x@spam.example, not from customer.example; DMARC failed"


def test_a_mail_without_an_id_is_known_by_what_it_says() -> None:
    first, again, other = (mail(Message_ID="", Subject=subject) for subject in ("a", "a", "b"))
    ids = [read_mail(letter.as_bytes(), ARRIVED_AT).external_id for letter in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]


def test_invisible_characters_are_removed() -> None:
    letter = mail()
    letter.set_content("pay\u202e 5\x00 \U000e0041now")
    assert read_mail(letter.as_bytes(), ARRIVED_AT).content.text == "pay 5 now"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"  \r\n", "is empty"),
        (mail(From="").as_bytes(), "who sent it"),
        (mail(From="undisclosed").as_bytes(), "who sent it"),
        (mail(To="").as_bytes(), "whom it is for"),
        (mail().as_bytes().replace(b"text/plain", b"multipart/mixed"), "boundary"),
        (mail().as_bytes().replace(b"text/plain", b"multipart/mixed; boundary=B"), "boundary"),
        (b"\x00\xff garbage \x80" * 40, "who sent it"),
    ],
)
def test_a_broken_mail_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(UnreadableMessageError, match=reason) as refused:
        read_mail(raw, ARRIVED_AT)
    assert reason in refused.value.reason


def test_a_mail_over_the_limits_is_refused() -> None:
    letter = mail()
    for number in range(4):
        letter.add_attachment(f"note {number}")
    with pytest.raises(UnreadableMessageError, match="more than 3 parts"):
        read_mail(letter.as_bytes(), ARRIVED_AT, Limits(parts=3))
    with pytest.raises(UnreadableMessageError, match="100 are read at most"):
        read_mail(letter.as_bytes(), ARRIVED_AT, Limits(message_bytes=100))
    for _ in range(5):
        outer = mail()
        outer.add_attachment(letter)
        letter = outer
    with pytest.raises(UnreadableMessageError, match="too deep"):
        read_mail(letter.as_bytes(), ARRIVED_AT, Limits(depth=4))


def test_the_addressee_of_an_unreadable_mail_is_still_known() -> None:
    assert named_destination(mail(From="").as_bytes()) == "support@brightloom.example"
    assert named_destination(b"\xff\x00") is None
