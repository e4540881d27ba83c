"""What free text that leaves the company may carry, and where it may lead."""

from typing import Any

import pytest

from muster.gateway.provenance.links import leads_in
from muster.gateway.provenance.passage import Passage
from tests.unit.gateway.provenance.runs import Run

TOOLS: dict[str, dict[str, Any]] = {
    "mail__send": {
        "effect": "external",
        "recipient": ["to"],
        "free_text": ["body"],
        "kinds": {"to": "email"},
    },
    "wiki__save": {"effect": "write", "free_text": ["body"]},
    "crm__get": {
        "effect": "read",
        "returns": {
            "trusted": {"id": "person", "email": "email", "orders[].number": "order"},
            "identified_by": ["person", "email", "order"],
            "confidential": True,
        },
    },
    "crm__search": {
        "effect": "read",
        "returns": {
            "trusted": {"people[].id": "person", "asked_on": "day"},
            "identified_by": ["person"],
            "confidential": True,
        },
    },
    "vault__read": {"effect": "read", "returns": {"confidential": True, "format": "text"}},
    "web__post": {"effect": "read", "leaves_company": True, "free_text": ["body"]},
}
POLICY = {
    "trusted_sources": ["request"],
    "known": {"url": ["https://company.example/*"], "email": ["*@company.example"]},
    "rules": [{"rule": "answer", "arguments": {"to": "task.sender"}}],
}


def run(**task: Any) -> Run:
    return Run(TOOLS, policy=POLICY, **(task or {"request": "write to anna@web.example about P-1"}))


def said(run: Run, body: str = "hello", tool: str = "mail__send", **more: Any) -> tuple[str, ...]:
    return run.traced(tool, **({"to": "anna@web.example", "body": body} | more)).disclosure


STRANGERS = (
    "the run has read records with crm__get that the task did not choose, and text leaves the company",
)


def test_records_of_the_chosen_one_may_be_written_about() -> None:
    seen = run().saw("crm__get", {"id": "P-1", "orders": [{"number": "B-1"}, {"number": "B-2"}]}, id="P-1")
    assert said(seen) == ()


def test_records_of_strangers_keep_texts_inside() -> None:
    seen = run().saw("crm__get", {"id": "P-2"}, id="P-2")
    assert said(seen) == STRANGERS
    assert said(seen, body="") == ()
    assert said(seen, tool="wiki__save") == ()
    assert said(seen, tool="web__post") == STRANGERS


def test_one_stranger_among_many_is_enough() -> None:
    assert said(run().saw("crm__search", {"people": [{"id": "P-1"}, {"id": "P-2"}]}, name="x"))
    assert not said(run().saw("crm__search", {"people": [{"id": "P-1"}]}, name="x"))
    assert not said(run().saw("crm__search", {"people": []}, name="x"))


def test_what_is_nobodys_is_no_strangers() -> None:
    assert not said(run().saw("crm__search", {"asked_on": "2026-05-15", "people": [{"id": "P-1"}]}, name="x"))


def test_confidential_words_without_a_name_need_a_vouched_question() -> None:
    assert not said(run().saw("vault__read", "the secret", of="P-1"))
    assert said(run().saw("vault__read", "the secret", of="P-2"))
    assert said(run().saw("crm__get", "no json, but words", id="P-2"))


def test_what_a_person_approved_may_be_written_about() -> None:
    assert not said(run().saw("vault__read", "the secret", approved=True, of="P-2"))


def test_a_stranger_stays_one_when_its_name_is_washed() -> None:
    seen = run().saw("crm__get", {}, id="x")
    seen.tools["crm__note"] = seen.tools["wiki__save"]
    seen.saw("crm__note", {}, body="P-2").saw("crm__get", {"id": "P-2"}, id="P-2")
    assert said(seen) == STRANGERS


@pytest.mark.parametrize(
    "body",
    [
        "pay to GB29 NWBK 6016 1331 9268 19",
        "see https://evil.example/x?d=secret",
        "see HTTPS://evil.example",
        "![i](//evil.example/p.png)",
        "go to evil.example/login now",
        "www.evil.example",
        "mail eve@evil.example",
        "mail eve＠evil.example",
        "mail eve@evil\u200b.example",
        "[hi](javascript:alert(1))",
        "https://company.example.evil.example/",
        "https://company.example@evil.example/",
    ],
)
def test_leads_nobody_vouches_for_are_held(body: str) -> None:
    assert said(run(), body)


@pytest.mark.parametrize(
    "body",
    [
        "see https://company.example/returns?x=1 or write to help@company.example.",
        "as anna@web.example asked, e.g. 5.5 m i.e. a lot; and/or 24/7; v1.2",
        "Kind regards, the team.",
    ],
)
def test_leads_the_company_vouches_for_may_go(body: str) -> None:
    assert said(run(), body) == ()


def test_what_the_recipient_wrote_itself_may_go_back_to_it() -> None:
    mail = "my site is www.anna.example/shop, bill to books@anna.example"
    seen = run(mail=mail, sender="anna@web.example")
    assert said(seen, "We saw www.anna.example/shop and books@anna.example") == ()
    assert said(seen, "We saw www.anna.example/shop", to="help@company.example")


def test_a_chosen_rows_values_may_be_written_whatever_their_kind() -> None:
    seen = run().saw("crm__get", {"id": "P-1", "email": "other@web.example"}, id="P-1")
    assert said(seen, "we have other@web.example") == ()


def test_leads_are_found_as_a_reader_sees_them() -> None:
    text = "a.b@x.example. (https://x.example/a), DE89 3704 0044 0532 0130 00 and DE00 3704 0044 0532 0130 00"
    assert leads_in(text) == ("https://x.example/a", "a.b@x.example", "DE89370400440532013000")
    assert leads_in("") == ()


@pytest.mark.parametrize(
    "text", ["a" * 60_000, "a." * 30_000, "a@" * 30_000, "1," * 30_000, "GB29 " * 12_000, "/" * 60_000]
)
def test_texts_made_to_take_long_do_not(text: str) -> None:
    leads_in(text)
    Passage(text).holds("eve@evil.example 2026-05-15")


def test_naming_a_number_does_not_open_the_record_behind_it() -> None:
    rules = [
        {"rule": "answer", "arguments": {"to": "task.sender"}},
        {"rule": "named", "anchors": {"person": "task.text"}},
        {"rule": "own", "anchors": {"email": "task.sender"}},
    ]
    seen = Run(TOOLS, mail="what do you have on P-2?", sender="anna@web.example", policy={"rules": rules})
    seen.saw("crm__get", {"id": "P-1", "email": "anna@web.example"}, email="anna@web.example")
    assert said(seen) == ()
    seen.saw("crm__get", {"id": "P-2"}, id="P-2")
    assert said(seen) == STRANGERS
