"""Expressions are matched in time that grows with the text's length only."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.gateway.scanning.pattern import Pattern, linear
from muster.gateway.scanning.secrets import _KEPT

LIBRARY = [form for detector in _KEPT.values() for form in vars(detector)["denylist"]]


@pytest.mark.parametrize(
    ("form", "expression"),
    [
        (r"a(?!\w)(?<=b)(?<!c)(?=d)e", "ae"),
        (r"(?:a|b)c{2,5}", r"(?:a|b)c{2,5}"),
        (r"c{50,2000}", "c{50,}"),
        (r"c{2000,2000}", "c{1000,}"),
    ],
)
def test_what_the_linear_engine_cannot_do_is_left_out(form: str, expression: str) -> None:
    assert linear(re.compile(form)) == expression
    assert linear(re.compile(form, re.IGNORECASE)) == f"(?i){expression}"


@pytest.mark.parametrize("form", LIBRARY, ids=lambda form: form.pattern[:40])
@given(data=st.data())
def test_what_a_form_of_the_library_finds_is_found(form: re.Pattern[str], data: st.DataObject) -> None:
    written = data.draw(st.from_regex(form, alphabet=st.characters(codec="ascii")))
    assert Pattern(kind="secret:x", expression=linear(form)).values(written)


def test_a_look_alike_is_no_value() -> None:
    even = Pattern(kind="personal:x", expression="[0-9]+", confirmed=lambda value: int(value) % 2 == 0)
    assert even.values("1 2 3 4") == {"2", "4"}
    assert even.holds("1 3 4")
    assert not even.holds("1 3 5")
