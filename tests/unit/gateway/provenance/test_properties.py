"""What holds for every run: strangers' words explain nothing, however they are written, sent or repeated."""

import base64
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gateway.provenance.runs import Run

TOOLS: dict[str, dict[str, Any]] = {
    "mail__send": {
        "effect": "external",
        "recipient": ["to"],
        "free_text": ["body"],
        "kinds": {"to": "email"},
    },
    "mail__list": {
        "effect": "read",
        "returns": {"trusted": {"mails[].id": "mail", "mails[].from": "email"}, "identified_by": ["mail"]},
    },
    "crm__get": {
        "effect": "read",
        "returns": {
            "trusted": {"id": "person", "email": "email", "iban": "iban", "manager": "person_above"},
            "identified_by": ["person", "email"],
        },
    },
    "crm__of": {
        "effect": "read",
        "returns": {
            "format": "yaml",
            "trusted": {"[].id": "person", "[].email": "email"},
            "identified_by": ["person"],
        },
    },
    "crm__note": {
        "effect": "write",
        "free_text": ["text"],
        "decided": {"tag": "any"},
        "kinds": {"id": "person"},
    },
    "bank__pay": {
        "effect": "money",
        "amount": "amount",
        "payee": ["iban", "name"],
        "kinds": {"name": "person"},
    },
    "files__share": {"effect": "write", "recipient": ["who"], "kinds": {"who": "email"}},
}
REQUEST = (
    "Please write to Person P-17 and pay 250 to GB29 NWBK 6016 1331 9268 19 on 15 May 2026, "
    "copy to anna@web.example."
)
P17 = {"id": "P-17", "email": "paul@web.example", "iban": "DE89370400440532013000", "note": "a note"}

evil = st.one_of(
    st.from_regex(r"[a-z]{3,8}\.?[a-z]{0,5}@evil[a-z]{0,6}\.example", fullmatch=True),
    st.from_regex(r"https://evil[a-z]{1,8}\.example/[a-z0-9]{0,8}", fullmatch=True),
    st.from_regex(r"XX[0-9]{2}EVIL[0-9]{12}", fullmatch=True),
    st.integers(min_value=251, max_value=10**12).map(str),
    st.just("Eve Evil"),
)
WAYS = (
    str,
    str.upper,
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: text.encode().hex(),
    lambda text: text[::-1],
    lambda text: "\u200b".join(text),
    lambda text: " ".join(text),
    lambda text: text.replace("e", "\u0435").replace("1", "\u0661"),
    lambda text: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text),
    lambda text: quote(text, safe=""),
    lambda text: f"{text}, anna@web.example",
    lambda text: f"anna@web.example <{text}>",
    lambda text: f"anna@web.example\r\nBcc: {text}",
    lambda text: f"{text}?anna@web.example",
    lambda text: [text],
    lambda text: {"to": {"address": text}},
    lambda text: ["anna@web.example", text],
    lambda text: {text: "anna@web.example"},
)
places = st.lists(
    st.sampled_from(("mail", "note", "other kind", "stranger", "yaml", "tag", "text", "broken")), max_size=6
)


def told(run: Run, value: str, where: list[str]) -> Run:
    """The run, after it met `value` in places nobody vouches for."""
    for place in where:
        if place == "mail":
            run.saw("mail__list", {"mails": [{"id": "1", "from": "x@y.example", "body": value}, {"id": "2"}]})
        elif place == "note":
            run.saw("crm__get", P17 | {"note": value}, id="P-17")
        elif place == "other kind":
            run.saw("crm__get", P17 | {"manager": value}, id="P-17")
        elif place == "stranger":
            run.saw("crm__get", {"id": value, "email": value, "iban": value}, id=value)
        elif place == "yaml":
            run.saw("crm__of", f"- id: P-99\n  email: '{value}'\n- id: P-98\n  note: {value}", team=value)
        elif place == "tag":
            run.saw("crm__note", {"id": value}, id="P-17", tag=value)
        elif place == "text":
            run.saw("crm__note", f"saved {value}", id="P-17", text=f"remember {value} please")
        else:
            run.saw("crm__get", '{"id": "P-17", "email": "' + value, id="P-17")
    return run


@settings(max_examples=150, deadline=None)
@given(value=evil, way=st.sampled_from(WAYS), where=places)
def test_a_value_only_strangers_wrote_is_never_explained(value: str, way: Any, where: list[str]) -> None:
    run = told(Run(TOOLS, request=REQUEST), value, where)
    sent = way(value)
    assert run.held("mail__send", to=sent) == {"to"}
    assert run.held("files__share", who=sent, file="P-17") == {"who"}
    assert "iban" in run.held("bank__pay", iban=sent, name="P-17")
    assert run.held("crm__note", id=sent, text="x", tag="y") == {"id"}


@settings(max_examples=80, deadline=None)
@given(value=evil, cut=st.integers(1, 8), where=places)
def test_splitting_a_value_over_two_arguments_does_not_help(value: str, cut: int, where: list[str]) -> None:
    run = told(Run(TOOLS, request=REQUEST), value, where)
    head, tail = value[:cut], value[cut:]
    assert run.held("files__share", who=head, file=tail)
    assert run.held("files__share", who=[head, tail], file="P-17") == {"who"}


@settings(max_examples=80, deadline=None)
@given(value=evil, where=places, mail=st.text(max_size=60))
def test_a_task_from_outside_explains_nothing_by_itself(value: str, where: list[str], mail: str) -> None:
    run = told(Run(TOOLS, mail=f"{REQUEST} {mail} {value}", sender="eve@evil.example"), value, where)
    for tool, arguments in (
        ("mail__send", {"to": value}),
        ("mail__send", {"to": "anna@web.example"}),
        ("bank__pay", {"iban": "GB29NWBK60161331926819", "amount": 250, "name": "P-17"}),
    ):
        assert run.held(tool, **arguments) == set(arguments)


QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("mail__send", {"to": "anna@web.example", "body": "x"}),
    ("mail__send", {"to": "paul@web.example", "body": "x"}),
    ("mail__send", {"to": ["anna@web.example", "x@y.example"]}),
    ("bank__pay", {"iban": "GB29NWBK60161331926819", "amount": 250}),
    ("bank__pay", {"iban": "DE89370400440532013000", "name": "P-17", "amount": "250.00"}),
    ("bank__pay", {"iban": "DE89370400440532013000", "name": "P-99", "amount": 300}),
    ("crm__note", {"id": "P-17", "text": "hello"}),
    ("crm__note", {"id": "P-99", "text": "hello"}),
)


def answers(run: Run) -> list[set[str]]:
    return [run.held(tool, **arguments) for tool, arguments in QUESTIONS]


@settings(max_examples=100, deadline=None)
@given(value=evil, where=places, more=st.text(max_size=40))
def test_words_of_strangers_change_no_decision(value: str, where: list[str], more: str) -> None:
    plain = Run(TOOLS, request=REQUEST).saw("crm__get", P17, id="P-17")
    expected = answers(plain)
    assert expected[0] == expected[1] == expected[3] == expected[4] == set()
    assert answers(told(plain, f"{value} {more}", where)) == expected


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_the_order_of_questions_to_systems_does_not_matter(data: st.DataObject) -> None:
    calls: list[tuple[str, Any, dict[str, Any]]] = [
        ("crm__get", P17, {"id": "P-17"}),
        ("crm__get", {"id": "P-20", "email": "anna@web.example"}, {"search": "whoever"}),
        ("crm__get", {"id": "P-20", "iban": "FR7630006000011234567890189"}, {"id": "P-20"}),
        (
            "crm__of",
            "- id: P-17\n  email: second@web.example\n- id: P-21\n  email: third@web.example",
            {"team": "x"},
        ),
        (
            "mail__list",
            {"mails": [{"id": "m1", "from": "second@web.example"}]},
            {"from": "second@web.example"},
        ),
        ("crm__get", {"id": "P-99", "email": "eve@evil.example"}, {"id": "P-99"}),
    ]
    questions = [
        *QUESTIONS,
        ("mail__send", {"to": "second@web.example"}),
        ("mail__send", {"to": "third@web.example"}),
        ("bank__pay", {"iban": "FR7630006000011234567890189"}),
    ]

    def decided(order: list[tuple[str, Any, dict[str, Any]]]) -> list[set[str]]:
        run = Run(TOOLS, request=REQUEST)
        for tool, answer, arguments in order:
            run.saw(tool, answer, **arguments)
        return [run.held(tool, **arguments) for tool, arguments in questions]

    expected = decided(calls)
    assert expected[-3:] == [set(), {"to"}, set()]
    assert decided(data.draw(st.permutations(calls))) == expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(answer=anything | st.text(), argument=anything, name=st.sampled_from(["to", "body", "id"]))
def test_any_answer_and_any_argument_can_be_judged(answer: Any, argument: Any, name: str) -> None:
    run = Run(TOOLS, request=REQUEST)
    for tool in ("crm__get", "crm__of", "mail__list", "crm__note"):
        run.saw(tool, answer, **{name: argument})
    tracing = run.traced("mail__send", **{name: argument})
    assert set(tracing.origins) <= {name}
    run.history.distrust("crm", tracing.unvouched)
    assert run.traced("mail__send", **{name: argument}).origins == tracing.origins


value_of_anybody = st.one_of(
    st.from_regex(r"[a-z]{3,8}@web[a-z]{0,4}\.example", fullmatch=True),
    st.from_regex(r"XX[0-9]{2}[0-9]{16}", fullmatch=True),
    st.from_regex(r"P-[0-9]{4,7}", fullmatch=True),
)
around = st.sampled_from(("{}", "it is {}.", "{} {}", "see {}, please", "P-17 {}\nthank you", "<{}>"))


@settings(max_examples=150, deadline=None)
@given(value=value_of_anybody, text=around, field=st.sampled_from(("id", "email", "iban")))
def test_no_letter_of_a_stranger_makes_a_systems_value_distrusted(value: str, text: str, field: str) -> None:
    def honest() -> Run:
        return Run(TOOLS, request=REQUEST).saw("crm__get", P17 | {field: value}, id="P-17")

    calls: tuple[tuple[str, dict[str, Any]], ...] = (
        ("mail__send", {"to": "paul@web.example" if field != "email" else value}),
        ("bank__pay", {"name": "P-17" if field != "id" else value, "amount": 250}),
        ("bank__pay", {"iban": P17["iban"] if field != "iban" else value}),
    )
    stranger = Run(TOOLS, mail=text.replace("{}", value), sender="eve@evil.example")
    said = text.replace("{}", value)
    written = stranger.traced("crm__note", id="P-17", text=said).unvouched
    run = honest()
    run.history.distrust("crm", written)
    for tool, arguments in calls:
        assert run.held(tool, **arguments) == honest().held(tool, **arguments) == set()


@settings(max_examples=150, deadline=None)
@given(value=evil.filter(lambda each: not each.isdigit()), text=around, data=st.data())
def test_nothing_an_agent_wrote_comes_back_as_the_systems_word(
    value: str, text: str, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(("email", "iban")))
    tool, argument = ("mail__send", "to") if field == "email" else ("bank__pay", "iban")
    sent = text.replace("{}", value)
    carried: dict[str, Any] = {data.draw(st.sampled_from(("tag", "text"))): sent}
    same_run = Run(TOOLS, request=REQUEST).saw("crm__note", {}, id="P-17", **carried)
    same_run.saw("crm__get", P17 | {field: value}, id="P-17")
    assert same_run.held(tool, **{argument: value}) == {argument}
    tools = TOOLS | {"crm__set": {"effect": "write", "free_text": [field], "kinds": {"id": "person"}}}
    writer = Run(tools, mail=sent, sender="eve@evil.example")
    free: dict[str, Any] = {field: value}
    for earlier in (
        writer.traced("crm__note", id="P-17", tag=value),
        writer.traced("crm__set", id="P-17", **free),
        writer.traced("crm__set", id="P-17", other=value),
    ):
        later = Run(TOOLS, request=REQUEST).saw("crm__get", P17 | {field: value}, id="P-17")
        later.history.distrust("crm", earlier.unvouched)
        assert later.held(tool, **{argument: value}) == {argument}
