"""Values of programs as JSON."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from muster.sandbox.inside.plain import plain


def test_exact_values_stay_exact_as_text() -> None:
    value = {"a": Decimal("1.10"), "b": date(2026, 1, 2), "c": datetime(2026, 1, 2, tzinfo=UTC), "d": {1}}
    assert plain(value) == {"a": "1.10", "b": "2026-01-02", "c": "2026-01-02T00:00:00+00:00", "d": [1]}


def test_a_frame_is_its_rows() -> None:
    assert plain(pl.DataFrame({"a": [1, 2], "b": ["x", None]})) == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert plain(pl.Series([1, 2])) == [1, 2]
    assert len(plain(pl.DataFrame({"a": range(5000)}))) == 1000


def test_what_refers_to_itself_has_an_end() -> None:
    value: list[object] = []
    value.append(value)
    assert json.dumps(plain(value))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.decimals(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
)


@given(_VALUES)
def test_every_value_can_be_sent(value: object) -> None:
    json.dumps(plain(value), allow_nan=False)
