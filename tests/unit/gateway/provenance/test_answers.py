from decimal import Decimal

import pytest

from muster.gateway.provenance.answers import parsed


def test_json_and_yaml_texts_become_data() -> None:
    assert parsed('{"amount": 10.10, "id": "007"}', "json") == {"amount": Decimal("10.10"), "id": "007"}
    assert parsed("- id: 007\n  at: 12:30\n  on: 2026-05-15\n  yes: no", "yaml") == [
        {"id": "007", "at": "12:30", "on": "2026-05-15", "yes": "no"}
    ]


def test_data_stays_as_it_is() -> None:
    assert parsed({"a": 1}, "json") == {"a": 1}
    assert parsed([1], "yaml") == [1]


def test_what_another_program_wrote_as_its_own_literal_is_read_by_its_rules() -> None:
    crafted = str({"note": "it's \"x\", 'iban': 'EVIL'", "iban": "GOOD"})
    assert parsed(crafted, "yaml") == {"note": "it's \"x\", 'iban': 'EVIL'", "iban": "GOOD"}


@pytest.mark.parametrize(
    "broken",
    [
        '{"iban": "GOOD", "iban": "EVIL"}',
        '{"iban": "GOOD"',
        '{"iban": "GOOD"} {"iban": "EVIL"}',
        "[" * 100_000,
        "",
        "\x00",
        "[cut by the gateway: 100 of 200 characters]",
    ],
)
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_broken_text_stays_a_text(broken: str, form: str) -> None:
    assert parsed(broken, form) == broken  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "broken", ["iban: GOOD\niban: EVIL", "a: *nothing", "a: b: c", "- a\nb: c", "!!python/x"]
)
def test_a_broken_yaml_text_stays_a_text(broken: str) -> None:
    assert parsed(broken, "yaml") == broken


def test_text_is_never_taken_apart() -> None:
    assert parsed('{"iban": "GOOD"}', "text") == '{"iban": "GOOD"}'


def test_a_text_that_grows_without_end_is_not_taken_apart() -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for number in range(12):
        name, before = chr(ord("b") + number), chr(ord("a") + number)
        laughs += f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    assert parsed(laughs, "yaml") == laughs
    assert parsed("k: &a [x, *a]", "yaml") == {"k": ["x", None]}
    assert parsed("- &a [x]\n- *a", "yaml") == [["x"], ["x"]]
