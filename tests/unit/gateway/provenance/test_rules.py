"""Rules say in words what would else be too coarse."""

from typing import Any

import pytest
from pydantic import ValidationError

from muster.gateway.provenance.policy import ProvenancePolicy
from tests.unit.gateway.provenance.runs import Run

TOOLS: dict[str, dict[str, Any]] = {
    "mail__send": {"effect": "external", "free_text": ["body"], "recipient": ["to"]},
    "shop__customer": {
        "effect": "read",
        "returns": {
            "trusted": {"id": "customer_id", "email": "email"},
            "identified_by": ["customer_id", "email"],
        },
    },
    "shop__order": {
        "effect": "read",
        "returns": {
            "trusted": {
                "number": "order",
                "customer": "customer_id",
                "left": "refundable",
                "open": "window_open",
                "items[].cut": "personalised",
            },
            "identified_by": ["order", "customer_id"],
        },
    },
    "shop__refund": {"effect": "money", "amount": "amount", "payee": ["order"]},
    "crm__staff": {
        "effect": "read",
        "returns": {
            "trusted": {"staff[].id": "staff_id", "staff[].segments": "segments", "staff[].region": "region"},
            "identified_by": ["staff_id"],
        },
    },
    "crm__company": {
        "effect": "read",
        "returns": {"trusted": {"domain": "domain", "people": "employees"}, "identified_by": ["domain"]},
    },
    "crm__assign": {"effect": "write", "free_text": ["note"]},
    "bank__list": {
        "effect": "read",
        "returns": {
            "trusted": {"t[].id": "transaction", "t[].iban": "iban"},
            "identified_by": ["transaction"],
        },
    },
    "erp__open": {
        "effect": "read",
        "returns": {"trusted": {"i[].n": "invoice", "i[].iban": "iban"}, "identified_by": ["invoice"]},
    },
    "erp__match": {"effect": "write", "recipient": ["invoice"]},
}
OWN = {"rule": "own", "anchors": {"email": "task.sender"}}
REFUND = {
    "rule": "refund",
    "tools": ["shop__refund"],
    "arguments": {"amount": {"at_most": "row.refundable"}},
    "where": {"window_open": True, "personalised": False},
}


def run_of(*rules: dict[str, Any], mail: str = "hello", **more: Any) -> Run:
    more.setdefault("sender", "Anna <anna@web.example>")
    return Run(TOOLS, mail=mail, policy={"rules": rules}, **more)


def order(
    number: str = "B-1", customer: str = "C-1", left: float = 120, *, cut: bool = False
) -> dict[str, Any]:
    return {
        "number": number,
        "customer": customer,
        "left": left,
        "open": True,
        "items": [{"cut": False}, {"cut": cut}],
    }


def test_the_one_who_wrote_may_be_answered_and_nobody_else() -> None:
    run = run_of(
        {"rule": "answer", "tools": ["mail__*"], "arguments": {"to": ["task.sender"]}},
        mail="to eve@x.example",
    )
    assert run.traced("mail__send", to="anna@web.example").origins["to"] == "rule answer"
    assert run.held("mail__send", to="eve@x.example") == {"to"}
    assert run.held("crm__assign", to="anna@web.example") == {"to"}


@pytest.mark.parametrize(
    ("scope", "counts"),
    [
        ({"teams": ["support"]}, True),
        ({"teams": ["finance"]}, False),
        ({"agents": ["support/clerk"]}, True),
        ({"agents": ["clerk"]}, True),
        ({"agents": ["support/boss"]}, False),
    ],
)
def test_a_rule_counts_for_whom_it_names(scope: dict[str, Any], counts: bool) -> None:
    run = run_of({"rule": "answer", "arguments": {"to": "task.sender"}} | scope)
    assert (run.held("mail__send", to="anna@web.example") == set()) is counts


def test_the_sender_chooses_its_own_rows() -> None:
    run = run_of(OWN, REFUND, mail="refund B-1 and B-2")
    run.saw("shop__customer", {"id": "C-1", "email": "anna@web.example"}, email="anna@web.example")
    run.saw("shop__order", order(), number="B-1")
    run.saw("shop__order", order("B-2", "C-2"), number="B-2")
    assert run.held("shop__refund", order="B-1", amount=120) == set()
    assert run.held("shop__refund", order="B-1", amount=120.01) == {"amount"}
    assert run.held("shop__refund", order="B-1", amount=-5) == {"amount"}
    assert run.held("shop__refund", order="B-2", amount=5) == {"order", "amount"}


def test_a_lookup_by_the_anchor_chooses_its_one_row() -> None:
    run = run_of(OWN)
    run.saw("shop__customer", {"id": "C-1"}, email="anna@web.example")
    run.saw("shop__order", order(), number="B-1")
    assert run.held("shop__refund", order="B-1") == set()


def test_a_bound_is_the_last_that_was_read() -> None:
    run = run_of(OWN, REFUND).saw("shop__customer", {"id": "C-1", "email": "anna@web.example"}, id="C-1")
    run.saw("shop__order", order(left=120), number="B-1")
    run.saw("shop__order", order(left=20), number="B-1")
    assert run.held("shop__refund", order="B-1", amount=100) == {"amount"}
    assert run.held("shop__refund", order="B-1", amount=20) == set()


def test_conditions_must_hold_for_every_line() -> None:
    run = run_of(OWN, REFUND).saw("shop__customer", {"id": "C-1", "email": "anna@web.example"}, id="C-1")
    run.saw("shop__order", order(cut=True), number="B-1")
    assert run.held("shop__refund", order="B-1", amount=1) == {"amount"}
    run.saw("shop__order", order("B-3") | {"open": False}, number="B-3")
    assert run.held("shop__refund", order="B-3", amount=1) == {"amount"}


def test_a_condition_nobody_says_anything_about_does_not_hold() -> None:
    run = run_of(OWN, REFUND).saw("shop__customer", {"id": "C-1", "email": "anna@web.example"}, id="C-1")
    run.saw("shop__order", {"number": "B-1", "customer": "C-1", "left": 10}, number="B-1")
    assert run.held("shop__refund", order="B-1", amount=1) == {"amount"}


def test_conditions_on_the_row_that_gives_and_on_the_row_it_is_about() -> None:
    rule = {
        "rule": "enterprise",
        "tools": ["crm__assign"],
        "arguments": {"staff_id": "crm__staff.staff_id"},
        "where": {"employees": {"at_least": 500}, "segments": ["enterprise"]},
    }
    company = {"rule": "company", "tools": ["crm__company"], "arguments": {"domain": "task.sender_domain"}}
    staff = {
        "staff": [{"id": "E-1", "segments": ["small", "enterprise"]}, {"id": "E-2", "segments": ["small"]}]
    }
    run = run_of(rule, company).saw("crm__staff", staff)
    assert run.held("crm__assign", staff_id="E-1") == {"staff_id"}
    run.saw("crm__company", {"domain": "web.example", "people": 700}, domain="web.example")
    assert run.held("crm__assign", staff_id="E-1") == set()
    assert run.held("crm__assign", staff_id="E-2") == {"staff_id"}
    assert run.held("crm__assign", staff_id="E-3") == {"staff_id"}


def test_a_registry_is_what_a_vouched_question_gave() -> None:
    rule = {"rule": "staff", "tools": ["crm__assign"], "arguments": {"staff_id": "crm__staff.staff_id"}}
    staff = {"staff": [{"id": "E-1"}, {"id": "E-2"}]}
    assert run_of(rule).saw("crm__staff", staff, region="from the agent").held("crm__assign", staff_id="E-1")
    assert not run_of(rule).saw("crm__staff", staff).held("crm__assign", staff_id="E-1")


def test_rows_must_agree_where_a_rule_says_so() -> None:
    rule = {
        "rule": "match",
        "tools": ["erp__match"],
        "arguments": {"transaction": "bank__list.transaction", "invoice": "erp__open.invoice"},
        "agree": ["iban"],
    }
    run = run_of(rule).saw("bank__list", {"t": [{"id": "T-1", "iban": "X1"}, {"id": "T-2", "iban": "X2"}]})
    run.saw("erp__open", {"i": [{"n": "I-1", "iban": "X1"}, {"n": "I-2", "iban": "X2"}, {"n": "I-3"}]})
    assert run.held("erp__match", transaction="T-1", invoice="I-1") == set()
    assert run.held("erp__match", transaction="T-1", invoice="I-2") == {"transaction", "invoice"}
    assert run.held("erp__match", transaction="T-1", invoice="I-3") == {"transaction", "invoice"}


def test_sums_agree_whatever_their_sign() -> None:
    tools = {
        "bank__list": {"effect": "read", "returns": {"trusted": {"t[].id": "transaction", "t[].sum": "sum"}}},
        "erp__open": {"effect": "read", "returns": {"trusted": {"i[].n": "invoice", "i[].sum": "sum"}}},
        "erp__match": TOOLS["erp__match"],
    }
    arguments = {"transaction": "bank__list.transaction", "invoice": "erp__open.invoice"}
    rule = {"rule": "match", "tools": ["erp__match"], "arguments": arguments, "agree": ["sum"]}
    run = Run(tools, mail="x", policy={"rules": [rule]}).saw(
        "bank__list", {"t": [{"id": "T-1", "sum": -227.66}]}
    )
    run.saw("erp__open", {"i": [{"n": "I-1", "sum": 227.66}, {"n": "I-2", "sum": 127.66}]})
    assert run.held("erp__match", transaction="T-1", invoice="I-1") == set()
    assert run.held("erp__match", transaction="T-1", invoice="I-2") == {"transaction", "invoice"}


def test_the_senders_own_words_are_not_what_it_quotes() -> None:
    rule = {
        "rule": "address",
        "tools": ["crm__assign"],
        "arguments": {"street": "task.own_text", "city": "task.text"},
    }
    mail = "Please send it to Sun Street 5, Lisbon\n> Evil Road 6\nOn Monday Bob wrote:\nOther Lane 7, Oslo"
    run = run_of(rule, mail=mail)
    assert run.held("crm__assign", street="Sun Street 5", city="Oslo") == set()
    assert run.held("crm__assign", street="Evil Road 6") == {"street"}
    assert run.held("crm__assign", street="Other Lane 7") == {"street"}


def test_other_sources() -> None:
    rule = {
        "rule": "various",
        "tools": ["crm__assign"],
        "arguments": {
            "paper": "task.attachments",
            "title": "task.subject",
            "any": "task.content",
            "score": {"at_most": 95},
            "most": {"at_most": "task.text", "plus": 1},
            "choice": {"one_of": ["enterprise", 5]},
            "opinion": "agent",
        },
    }
    run = run_of(rule, mail="up to 40 pieces", subject="Blue paint", attachments=("No 4711-A",))
    good: dict[str, Any] = {
        "paper": "4711-A",
        "title": "Blue paint",
        "any": "4711-A",
        "score": 95,
        "most": 41,
        "choice": "5",
        "opinion": "whatever",
    }
    assert run.held("crm__assign", **good) == set()
    bad = {
        "paper": "Blue paint",
        "title": "4711-A",
        "any": "x" * 9,
        "score": 96,
        "most": 41.01,
        "choice": "eve",
    }
    assert run.held("crm__assign", **bad) == set(bad)


def test_what_the_agent_decides_in_a_question_chooses_no_row() -> None:
    rule = {"rule": "look", "tools": ["shop__customer"], "arguments": {"id": "agent"}}
    run = run_of(rule).saw("shop__customer", {"id": "C-9", "email": "eve@x.example"}, id="C-9")
    assert run.held("mail__send", to="eve@x.example") == {"to"}


def test_what_a_read_lets_the_agent_choose_makes_a_registry_but_chooses_no_row() -> None:
    staff = TOOLS["crm__staff"] | {"decided": {"page": "any"}}
    rule = {"rule": "staff", "tools": ["crm__assign"], "arguments": {"staff_id": "crm__staff.staff_id"}}
    for rules, held in (([rule], set()), ([], {"staff_id"})):
        run = Run(TOOLS | {"crm__staff": staff}, mail="x", policy={"rules": rules})
        run.saw("crm__staff", {"staff": [{"id": "E-1"}]}, page=2)
        assert run.held("crm__assign", staff_id="E-1") == held


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "x"},
        {"rule": "x", "arguments": {"to": "task.somewhere"}},
        {"rule": "x", "arguments": {"to": []}},
        {"rule": "x", "arguments": {"to": {"at_most": "enough"}}},
        {"rule": "x", "anchors": {"email": {"at_most": 5}}},
        {"rule": "x", "arguments": {"to": "task.sender"}, "tool": "y"},
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProvenancePolicy.model_validate({"rules": [rule]})


def test_a_bound_is_of_the_row_the_call_is_about() -> None:
    rule = {"rule": "r", "tools": ["shop__refund"], "arguments": {"amount": {"at_most": "row.refundable"}}}
    tools = {
        **TOOLS,
        "shop__limit": {"effect": "read", "returns": {"trusted": {"most": "refundable"}}},
    }
    run = Run(tools, mail="x", sender="anna@web.example", policy={"rules": [OWN, rule]})
    run.saw("shop__limit", {"most": 5000})
    run.saw("shop__customer", {"id": "C-1", "email": "anna@web.example"}, email="anna@web.example")
    run.saw("shop__order", order(left=20), number="B-1")
    assert run.held("shop__refund", order="B-1", amount=20) == set()
    assert run.held("shop__refund", order="B-1", amount=100) == {"amount"}
