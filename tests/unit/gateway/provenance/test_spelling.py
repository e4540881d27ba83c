from decimal import Decimal
from typing import Any

import pytest

from muster.gateway.provenance.spelling import leaves, spelt


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
        ("+49 171 123 4567", "+491711234567"),
        ("Anna@X.Example", "anna@x.example"),
        (400, "400.00"),
        (Decimal("400.10"), 400.1),
        ("+5", 5),
        (-0.0, 0),
        ("2026-05-15T10:00:00", "2026-05-15 10:00"),
        ("2026-05-15T10:00:00Z", "2026-05-15 10:00"),
        ("O’Brien  &\nSons", "o'brien & sons"),
        (True, "true"),
    ],
)
def test_a_value_is_the_same_however_it_is_written(one: Any, other: Any) -> None:
    assert set(spelt(one).told) & set(spelt(other).asked)
    assert spelt(one).mark == spelt(other).mark


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("info@fussball.example", "info@fußball.example"),
        ("раypal.example", "paypal.example"),
        ("eve@x.exam\u200bple", "eve@x.example"),
        ("007", 7),
        ("10.1.11.1", "10.11.1.1"),
        (1234567890123456789012345678901, 1234567890123456789012345678902),
        (True, 1),
        ("room 12 3", "room 1 23"),
        ("1e3", 1000),
    ],
)
def test_what_only_looks_alike_is_not_the_same(one: Any, other: Any) -> None:
    assert not set(spelt(one).told) & set(spelt(other).asked)
    assert spelt(one).mark != spelt(other).mark


def test_a_moment_explains_its_day_but_a_day_no_moment() -> None:
    assert set(spelt("2026-05-15 10:00").told) & set(spelt("2026-05-15").asked)
    assert not set(spelt("2026-05-15").told) & set(spelt("2026-05-15 10:00").asked)


def test_a_number_too_long_to_write_out_stays_a_text() -> None:
    assert spelt(Decimal("1e999999999")).number is None
    assert spelt(float("nan")).text == "nan"


def test_every_leaf_is_found_and_what_lies_too_deep_is_one_text() -> None:
    assert list(leaves({"a": [1, {"b": "x"}], "c": None})) == [("a", 1), ("a.b", "x")]
    deep: Any = "bottom"
    for _ in range(100):
        deep = [deep]
    ((_, found),) = leaves(deep)
    assert "bottom" in str(found)
