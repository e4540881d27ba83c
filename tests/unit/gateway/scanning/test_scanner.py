"""What stands in an answer that should not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.gateway.scanning.scanner import Scanner

SCANNER = Scanner()
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq\nh+8=\n-----END RSA PRIVATE KEY-----"
SECRETS = {
    "aws_key": "AKIA" + "QWERTYUIOPASDFGH",
    "github_token": "ghp_" + "a1B2" * 9,
    "gitlab_token": "glpat-" + "a1B2" * 5,
    "stripe_key": "sk_live_" + "a1B2" * 6,
    "slack_token": "xoxb-" + "123456789012-" * 2 + "abcdef123456",
    "anthropic_key": "sk-ant-api03-" + "a1B2" * 8,
    "openai_key": "sk-proj-" + "a1B2" * 12,
    "google_key": "AIza" + "a1B2c" * 7,
    "json_web_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27u",
    "sendgrid_key": "SG." + "a" * 22 + "." + "b" * 43,
    "telegram_token": "123456789:" + "a1B2c" * 7,
    "pypi_token": "pypi-AgEIcHlwaS5vcmc" + "a1" * 40,
    "gateway_token": "mgt_" + "a1B2" * 11,
    "private_key": PEM,
}


def answer(text: str, **more: Any) -> dict[str, Any]:
    """A tool's result whose text is `text`."""
    return {"content": [{"type": "text", "text": text}], **more}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_credential_is_masked_and_named(kind: str) -> None:
    scanned = SCANNER.scan(answer(f'before "{SECRETS[kind]}" after'))
    assert scanned.found == (f"secret:{kind}",)
    assert scanned.raw == answer(f'before "[masked: {kind}]" after')


@pytest.mark.parametrize("kind", SECRETS)
def test_no_part_of_a_credential_is_left_anywhere_in_the_answer(kind: str) -> None:
    secret = SECRETS[kind]
    raw = answer(json.dumps({"note": secret}), structuredContent={"deep": [{"note": secret}], secret: 1})
    written = json.dumps(SCANNER.scan(raw).raw)
    assert secret not in written
    assert json.dumps(secret)[1:-1] not in written
    assert json.dumps(json.dumps(secret)[1:-1])[1:-1] not in written


def test_the_password_in_an_address_is_masked_and_the_rest_stays() -> None:
    scanned = SCANNER.scan(answer("postgres://jo:hunter22@db.example/erp"))
    assert scanned.raw == answer("postgres://jo:[masked: password_in_url]@db.example/erp")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"password": "s3cret-Word"}', '{"password": "[masked: password]"}'),
        ("password=abc12345", "password=[masked: password]"),
        ('{\\"api_key\\": \\"abc12345\\"}', '{\\"api_key\\": \\"[masked: password]\\"}'),
        ("Your password: please choose one", None),
        ("password: 12345678", None),
        ('"idempotency_key": "3f2a-9911-aa01-bb22"', None),
    ],
)
def test_what_follows_the_word_password_is_masked_when_it_looks_chosen(text: str, masked: str | None) -> None:
    scanned = SCANNER.scan(answer(text))
    assert scanned.raw == answer(masked or text)


def test_credentials_given_to_upstreams_are_masked_however_they_look() -> None:
    scanned = Scanner(["plain words of ours", "short"]).scan(answer("env: plain words of ours; short"))
    assert (scanned.raw, scanned.found) == (
        answer("env: [masked: credential]; short"),
        ("secret:credential",),
    )


def test_a_key_that_was_cut_off_is_masked_to_the_end() -> None:
    assert SCANNER.scan_text(PEM[:45] + "\nmore") == ("[masked: private_key]", ("secret:private_key",))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write to jo.doe@shop.example", ("personal:email",)),
        ("call +49 170 1234567", ("personal:phone",)),
        ("to DE89 3704 0044 0532 0130 00", ("personal:iban",)),
        ("to DE89370400440532013000", ("personal:iban",)),
        ("to DE88370400440532013000", ()),
        ("card 4111 1111 1111 1111", ("personal:payment_card",)),
        ("card 4111 1111 1111 1112", ()),
        ("ssn 536-90-4399", ("personal:us_social_security_number",)),
        ("order BL-10066 of 2026-11-20, 1234567890123", ()),
    ],
)
def test_personal_data_is_named_and_left_as_it_is(text: str, kinds: tuple[str, ...]) -> None:
    scanned = SCANNER.scan(answer(text))
    assert (scanned.found, scanned.raw) == (kinds, answer(text))


def test_an_answer_without_findings_is_handed_on_as_it_is() -> None:
    raw = answer("BL-1: one towel", structuredContent={"order": "BL-1"})
    assert SCANNER.scan(raw).raw is raw


def test_bytes_in_base64_are_not_read_as_text() -> None:
    image = {"content": [{"type": "image", "data": "AKIAQWERTYUIOPASDFGH", "mimeType": "image/png"}]}
    assert SCANNER.scan(image).found == ()


def test_deep_nesting_does_no_harm() -> None:
    deep: Any = "jo@shop.example"
    for _ in range(900):
        deep = [deep]
    assert SCANNER.scan({"structuredContent": deep}).found == ("personal:email",)


@given(before=st.text(), after=st.text())
def test_a_credential_is_found_whatever_stands_around_it(before: str, after: str) -> None:
    scanned = SCANNER.scan(answer(f"{before} {SECRETS['github_token']} {after}"))
    assert "secret:github_token" in scanned.found
    assert SECRETS["github_token"] not in json.dumps(scanned.raw)


@given(st.text())
def test_a_text_without_findings_stays_as_it_is(text: str) -> None:
    masked, found = SCANNER.scan_text(text)
    assert masked == text or any(kind.startswith("secret:") for kind in found)
