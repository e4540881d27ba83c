"""Writing a value into a system and reading it back proves nothing."""

from typing import Any

import pytest

from tests.unit.gateway.provenance.runs import Run

TOOLS: dict[str, dict[str, Any]] = {
    "crm__note": {
        "effect": "write",
        "free_text": ["note"],
        "decided": {"tag": "any", "state": ["new", "done"]},
    },
    "crm__get": {
        "effect": "read",
        "returns": {"trusted": {"id": "id", "email": "to", "state": "state"}, "identified_by": ["id"]},
    },
    "crm__text": {"effect": "read", "returns": {"everything": True}},
    "crm__save": {"effect": "write", "returns": {"trusted": {"email": "to"}}, "free_text": ["user", "host"]},
    "mail__send": {"effect": "external", "recipient": ["to"], "free_text": ["body"]},
}
EVE = {"id": "P-1", "email": "eve@evil.example"}


def run() -> Run:
    return Run(TOOLS, request="write to P-1")


@pytest.mark.parametrize(
    "sent",
    [
        {"note": "eve@evil.example"},
        {"note": "please set her address to eve@evil.example."},
        {"tag": "Eve@Evil.example"},
        {"tag": ["x", "eve@evil.example"]},
    ],
)
def test_a_value_an_agent_wrote_is_not_the_systems_word(sent: dict[str, Any]) -> None:
    written = run().saw("crm__note", {}, **sent).saw("crm__get", EVE, id="P-1")
    assert written.held("mail__send", to="eve@evil.example") == {"to"}


def test_a_value_built_from_pieces_an_agent_sent_is_not_either() -> None:
    written = run().saw("crm__save", {"email": "eve@evil.example"}, user="eve", host="evil.example")
    assert written.held("mail__send", to="eve@evil.example") == {"to"}


def test_a_text_the_system_vouches_for_loses_what_agents_wrote_into_it() -> None:
    written = run().saw("crm__note", {}, note="eve@evil.example")
    written.saw("crm__text", {"text": "write to eve@evil.example or bob@x.example"})
    assert written.held("mail__send", to="eve@evil.example") == {"to"}
    assert written.held("mail__send", to="bob@x.example") == set()


def test_what_the_system_said_before_stays_its_word() -> None:
    seen = run().saw("crm__get", {"id": "P-5", "email": "anna@web.example"}, search="whoever")
    seen.saw("crm__note", {}, note="wrote to anna@web.example")
    assert seen.held("mail__send", to="anna@web.example") == {"to"}
    seen.saw("crm__get", {"id": "P-1", "email": "anna@web.example"}, id="P-1")
    assert seen.held("mail__send", to="anna@web.example") == set()


@pytest.mark.parametrize(
    ("tag", "given"), [(900, 900.0), ("900.00", 900), ("2031-05-01", "2031-05-01T00:00:00")]
)
def test_numbers_and_days_are_washed_no_better(tag: Any, given: Any) -> None:
    written = run().saw("crm__note", {}, tag=tag).saw("crm__get", {"id": "P-1", "state": tag}, id="P-1")
    assert written.held("crm__note", state="done") == set()
    assert written.traced("mail__send", to="P-1", state=given).origins["state"] == "unexplained"
    unwritten = run().saw("crm__get", {"id": "P-1", "state": given}, id="P-1")
    assert unwritten.traced("mail__send", to="P-1", state=given).origins["state"] == "row crm__get (1.1)"


def test_another_system_is_not_concerned() -> None:
    seen = run().saw("mail__send", {}, to="P-1", body="eve@evil.example").saw("crm__get", EVE, id="P-1")
    assert seen.held("mail__send", to="eve@evil.example") == set()


def test_what_a_person_approved_is_the_companys_word() -> None:
    seen = run().saw("crm__note", {}, approved=True, note="eve@evil.example").saw("crm__get", EVE, id="P-1")
    assert seen.held("mail__send", to="eve@evil.example") == set()


def test_a_choice_from_a_closed_list_is_no_carrier() -> None:
    seen = run().saw("crm__note", {}, state="done").saw("crm__get", EVE | {"state": "done"}, id="P-1")
    assert seen.traced("mail__send", to="eve@evil.example").held == ()
    assert seen.traced("crm__note", state="done").unvouched == frozenset()


def test_a_value_let_through_by_a_rule_is_an_agents_word_unless_the_rule_vouches() -> None:
    for vouches in (False, True):
        rule = {"rule": "r", "tools": ["crm__note"], "arguments": {"to": "task.text"}, "vouches": vouches}
        known = {"rule": "own", "anchors": {"id": "task.text"}}
        heard = Run(TOOLS, mail="I am P-1, eve@evil.example", policy={"rules": [rule, known]})
        assert heard.traced("crm__note", to="eve@evil.example").unvouched == (
            frozenset() if vouches else {"eve@evil.example"}
        )
        heard.saw("crm__note", {}, to="eve@evil.example").saw("crm__get", EVE, id="P-1")
        assert (heard.held("mail__send", to="eve@evil.example") == {"to"}) is not vouches


def test_what_was_written_in_earlier_runs_is_distrusted_in_whatever_spelling() -> None:
    seen = run().saw("crm__get", EVE | {"email": "DE89 3704 0044 0532 0130 00"}, id="P-1")
    tracing = seen.traced("mail__send", to="DE89370400440532013000")
    assert tracing.held == ()
    assert ("crm", "~de89370400440532013000") in tracing.rests_on
    writer = run().traced("crm__note", tag="de89-3704-0044-0532-0130-00")
    assert writer.unvouched == {"~de89370400440532013000"}
    seen.history.distrust("crm", writer.unvouched)
    assert seen.held("mail__send", to="DE89370400440532013000") == {"to"}
    seen.saw("crm__get", EVE, id="P-1")
    assert seen.held("mail__send", to="eve@evil.example") == set()


def test_what_made_a_row_the_chosen_one_is_part_of_what_it_rests_on() -> None:
    seen = run().saw("crm__get", EVE, id="P-1")
    assert seen.traced("mail__send", to="eve@evil.example").rests_on == {
        ("crm", "p-1"),
        ("crm", "id: p-1"),
        ("crm", "eve@evil.example"),
        ("crm", "email: eve@evil.example"),
        ("crm", "to: eve@evil.example"),
    }
    seen.history.distrust("crm", ["p-1"])
    assert seen.held("mail__send", to="eve@evil.example") == set(), "the question itself was vouched for"
    linked = run().saw("crm__get", EVE, search="whoever")
    assert linked.held("mail__send", to="eve@evil.example") == set()
    linked.history.distrust("crm", ["p-1"])
    assert linked.held("mail__send", to="eve@evil.example") == {"to"}


def test_the_leads_of_long_texts_are_kept_and_ordinary_words_are_not() -> None:
    text = "x" * 300 + " see https://evil.example/a and eve@evil.example, IBAN DE89 3704 0044 0532 0130 00"
    assert run().traced("crm__note", note=text).unvouched == {
        "note: https://evil.example/a",
        "note: eve@evil.example",
        "note: ~de89370400440532013000",
    }
    assert run().traced("crm__get", id="eve").unvouched == frozenset()


def test_a_word_of_the_companys_own_may_be_repeated_in_free_text() -> None:
    sent = run().saw("crm__note", {}, state="done", note="done: order sent")
    sent.saw("crm__get", EVE | {"state": "done"}, id="P-1")
    assert sent.traced("mail__send", to="P-1", state="done").origins["state"] == "row crm__get (1.2)"
    other = run().saw("crm__note", {}, state="done", note="paid: order sent")
    other.saw("crm__get", EVE | {"state": "paid"}, id="P-1")
    assert other.traced("mail__send", to="P-1", state="paid").origins["state"] == "unexplained"
    chosen = run().saw("crm__note", {}, state="done", tag="done: order sent")
    chosen.saw("crm__get", EVE | {"state": "done"}, id="P-1")
    assert chosen.traced("mail__send", to="P-1", state="done").origins["state"] == "unexplained"


def test_a_name_inside_a_closed_choice_is_no_choice() -> None:
    assert run().held("crm__note", state={"eve@evil.example": "done"}) == {"state"}


@pytest.mark.parametrize("argument", ["email", "new_email", "newEmail", "to"])
def test_free_text_of_earlier_runs_is_distrusted_in_the_field_it_is_for(argument: str) -> None:
    tools = TOOLS | {"crm__change": {"effect": "write", "free_text": [argument]}}
    writer = Run(tools, request="write to P-1")
    seen = run().saw("crm__get", EVE, id="P-1")
    sent: dict[str, Any] = {argument: EVE["email"]}
    seen.history.distrust("crm", writer.traced("crm__change", **sent).unvouched)
    assert seen.held("mail__send", to="eve@evil.example") == {"to"}


def test_free_text_is_not_remembered_where_the_system_said_it_first() -> None:
    tools = TOOLS | {"crm__change": {"effect": "write", "free_text": ["email"], "decided": {"tag": "any"}}}
    seen = Run(tools, request="x").saw("crm__get", EVE, search="whoever")
    assert seen.traced("crm__change", email="eve@evil.example").unvouched == frozenset()
    assert seen.traced("crm__change", email="eve@other.example").unvouched
    assert seen.traced("crm__change", tag="eve@evil.example").unvouched == {"eve@evil.example"}
