"""One value, one byte string: RFC 8785."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from muster.core.canonical import Json, canonical_json, sha256_hex

SAFE = 2**53 - 1
TEXT = st.text(st.characters(codec="utf-8"))
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_fast_path_gives_the_bytes_of_the_reference_library(value: Json) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)


def test_the_example_of_the_rfc() -> None:
    value: Json = {"numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "literals": [None, True, False]}
    expected = b'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
    assert canonical_json(value) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: Json) -> None:
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeError)):
        canonical_json([value])


def test_sha256_of_nothing_is_the_known_constant() -> None:
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
