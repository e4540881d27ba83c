"""What is proposed about a tool, and that it is never laxer than what the tool may do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.settings import PROJECT_ROOT
from muster.demo.company.catalogue import CATALOGUE
from muster.gateway.adding.proposal import Proposal, propose
from muster.gateway.adding.words import effect_of, vocabulary, words_of, worst
from muster.gateway.registration import load_registration

TEXT = {"type": "string"}


def proposed(
    name: str, description: str = "", hints: dict[str, Any] | None = None, **arguments: Any
) -> Proposal:
    schema = {"type": "object", "properties": arguments, "required": list(arguments)}
    definition = {"name": name, "description": description, "inputSchema": schema}
    return propose("shop", definition | ({"annotations": hints} if hints is not None else {}))


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("get_order", "read"),
        ("listOpenInvoices", "read"),
        ("search-files", "read"),
        ("list_transfers", "read"),
        ("read_email", "read"),
        ("git_diff_staged", "read"),
        ("create_directory", "write"),
        ("assign_lead", "write"),
        ("schedule_payment", "money"),
        ("create_refund", "money"),
        ("transfer", "destructive"),
        ("transfer_funds", "money"),
        ("send_message", "external"),
        ("post.message", "external"),
        ("delete_customer", "destructive"),
        ("get_or_create_user", "write"),
        ("find_and_delete", "destructive"),
        ("search_replace", "write"),
        ("list_and_send_reports", "external"),
        ("run_query", "write"),
        ("frobnicate", "destructive"),
        ("", "destructive"),
    ],
)
def test_the_name_says_what_a_tool_does_and_what_says_nothing_is_destructive(name: str, effect: str) -> None:
    assert proposed(name).registration.effect == effect


def test_a_hint_makes_a_proposal_stricter_and_never_by_itself_laxer() -> None:
    assert proposed("frobnicate", hints={"readOnlyHint": True}).registration.effect == "destructive"
    assert proposed("delete_order", hints={"readOnlyHint": True}).registration.effect == "destructive"
    assert (
        proposed("pay", "Pays.", {"readOnlyHint": True}, amount={"type": "number"}).registration.effect
        == "money"
    )
    assert proposed("get_order", hints={"readOnlyHint": False}).registration.effect == "destructive"
    assert proposed("edit_file", hints={"destructiveHint": True}).registration.effect == "destructive"
    agreed = proposed("directory_map", "Returns the folders.", {"readOnlyHint": True})
    assert (agreed.registration.effect, agreed.sure) == ("read", False)


def test_a_description_that_speaks_of_more_than_reading_is_believed() -> None:
    found = proposed("get_report", "Gets the report. Deletes it from the server afterwards.")
    assert (found.registration.effect, found.sure) == ("destructive", False)
    assert (
        proposed("get_report", "Gets the report and sends a copy to you.").registration.effect == "external"
    )


def test_what_is_carried_out_is_destructive_whatever_the_tool_is_called() -> None:
    assert proposed("query", sql=TEXT).registration.effect == "destructive"
    assert proposed(
        "read_data", query={"type": "string", "description": "A SQL statement."}
    ).registration.effect == ("destructive")
    assert proposed("find_address", postal_code=TEXT).registration.effect == "read"


def test_arguments_get_their_parts_and_the_rest_stays_controlling() -> None:
    registration = proposed(
        "schedule_payment",
        vendorId=TEXT,
        iban=TEXT,
        amount={"type": "number"},
        currency=TEXT,
        memo=TEXT,
        idempotency_key=TEXT,
        purpose_code=TEXT,
    ).registration
    assert registration.model_dump(exclude_defaults=True) == {
        "effect": "money",
        "amount": "amount",
        "currency": "currency",
        "payee": ("vendorId", "iban"),
        "idempotency_key": "idempotency_key",
        "free_text": ("memo",),
        "kinds": {"vendorId": "vendor_id"},
    }


def test_of_listed_values_only_those_that_do_nothing_grave_are_the_agents_own_choice() -> None:
    decision = {"type": "string", "enum": ["renew", "renegotiate", "cancel"]}
    registration = proposed("record_decision", decision=decision, score={"type": "integer"}).registration
    assert registration.decided == {"decision": ("renew", "renegotiate"), "score": "any"}


def test_a_request_id_is_no_idempotency_key_unless_it_says_so() -> None:
    plain = proposed("create_ticket", request_id=TEXT).registration
    told = proposed(
        "create_ticket",
        request_id={"type": "string", "description": "Repeated ids are carried out only once."},
    ).registration
    assert (plain.idempotency_key, told.idempotency_key) == (None, "request_id")


def test_a_mail_has_recipients_and_free_text_even_where_schemas_refer_elsewhere() -> None:
    definition = {
        "name": "send_email",
        "inputSchema": {
            "type": "object",
            "properties": {
                "to": {"$ref": "#/$defs/who"},
                "cc": {"anyOf": [TEXT, {"type": "null"}]},
                "body": TEXT,
            },
            "$defs": {"who": {"type": "array", "items": {"type": "string", "format": "email"}}},
        },
    }
    registration = propose("mail", definition).registration
    assert (registration.effect, registration.recipient) == ("external", ("to", "cc"))
    assert (registration.free_text, registration.kinds) == (("body",), {"to": "email"})


def test_a_money_tool_without_an_amount_says_that_it_needs_a_price() -> None:
    found = proposed("renew_subscription_order", order_id=TEXT)
    assert found.registration.effect == "money"
    assert found.registration.payee == ("order_id",)
    assert any("price lookup" in reason for reason in found.because)


def test_a_read_that_asks_outside_leaves_the_company() -> None:
    assert proposed("fetch", url=TEXT).registration.leaves_company
    assert proposed("web_search", "Searches the web.", query=TEXT).registration.leaves_company
    assert not proposed("search_files", query=TEXT).registration.leaves_company


def test_of_an_answer_only_the_ids_of_its_schema_are_proposed_as_trusted() -> None:
    vendor = {"type": "object", "properties": {"id": TEXT, "iban": TEXT, "note": TEXT}}
    answer = {"type": "object", "properties": {"vendors": {"type": "array", "items": vendor}, "count": TEXT}}
    definition = {"name": "find_vendors", "inputSchema": {"type": "object"}, "outputSchema": answer}
    returns = propose("erp", definition).registration.returns
    assert returns.trusted == {"vendors[].id": "vendor_id", "vendors[].iban": "iban"}
    assert returns.identified_by == ("vendor_id",)


def test_the_demo_company_is_proposed_as_its_people_confirmed_it_or_stricter() -> None:
    confirmed = load_registration(PROJECT_ROOT / "data" / "demo" / "tools.yaml")
    right = total = 0
    for server, tools in CATALOGUE.items():
        for tool in tools:
            known = confirmed.of(server, tool.name)
            assert known is not None
            found = propose(
                server,
                {"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema()},
            ).registration
            assert worst({found.effect, known.effect}) == found.effect, tool.name
            assert set(known.payee) <= {*found.payee, *found.recipient} or known.effect != "money", tool.name
            right, total = right + (found.effect == known.effect), total + 1
    assert right >= total - 2


@given(
    st.text(max_size=40),
    st.text(max_size=200),
    st.dictionaries(st.text(max_size=12), st.just({}), max_size=4),
)
def test_whatever_a_server_sends_there_is_a_proposal(
    name: str, description: str, properties: dict[str, Any]
) -> None:
    found = propose(
        "s", {"name": name, "description": description, "inputSchema": {"properties": properties}}
    )
    if not any(effect_of(word) == "read" for word in words_of(name)):
        assert found.registration.effect != "read"


@given(
    st.sampled_from(sorted(vocabulary().effects["read"])),
    st.sampled_from(sorted(vocabulary().always_verbs)),
    st.sampled_from(["", "_and", "_or"]),
)
def test_a_grave_verb_behind_a_harmless_one_is_never_overlooked(first: str, second: str, joint: str) -> None:
    assert proposed(f"{first}{joint}_{second}_things").registration.effect != "read"
