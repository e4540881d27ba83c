"""The key by which a system knows a call it has carried out already."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from muster.gateway.idempotency import derived_key, with_key
from muster.gateway.registration import ArgumentRoles
from muster.gateway.tool import PinnedTool
from tests.unit.gateway.cases import tool

KEYED = ArgumentRoles(idempotency_key="key")
SCHEMA = {"properties": {"amount": {"type": "number"}, "key": {"type": "string"}}, "required": ["key"]}
REFUND = tool("money", roles=KEYED, **SCHEMA)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def filled(about: PinnedTool, call_id: str = "3:toolu_1", run_id: str | None = "run_1") -> object:
    return with_key(about, {"amount": 5}, run_id, call_id).get("key")


def test_every_attempt_at_one_call_carries_the_same_key() -> None:
    keys = {filled(REFUND, call_id) for call_id in ("3:toolu_1", "3:toolu_1#2", "3:toolu_1#17")}
    assert keys == {derived_key("run_1", "shop__refund", "3:toolu_1")}


@given(st.tuples(TEXT, TEXT, TEXT), st.tuples(TEXT, TEXT, TEXT))
def test_two_calls_never_share_a_key(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    same = (*one[:2], one[2].partition("#")[0]) == (*other[:2], other[2].partition("#")[0])
    assert same or derived_key(*one) != derived_key(*other)


def test_the_key_is_the_one_it_has_always_been() -> None:
    key = derived_key("run_1", "shop__refund", "c")
    assert key == "ebb4d7ba-66fc-8358-9604-ddea7a42bee2"
    assert (UUID(key).version, UUID(key).variant) == (8, "specified in RFC 4122")


def test_a_key_the_caller_chose_stays_and_an_empty_one_is_none() -> None:
    assert with_key(REFUND, {"key": "refund-1"}, "run_1", "c")["key"] == "refund-1"
    for nothing in (None, "", " "):
        assert with_key(REFUND, {"key": nothing}, "run_1", "c")["key"] == derived_key(
            "run_1", "shop__refund", "c"
        )


def test_where_no_key_fits_none_is_made() -> None:
    assert filled(tool("money", roles=ArgumentRoles(), **SCHEMA)) is None
    assert filled(tool("money", roles=ArgumentRoles(idempotency_key="gone"), **SCHEMA)) is None
    assert filled(REFUND, run_id=None) is None
    assert with_key(None, {"amount": 5}, "run_1", "c") == {"amount": 5}


def test_a_tool_may_be_called_again_when_it_reads_or_honours_a_key() -> None:
    assert tool("read", roles=ArgumentRoles()).idempotent
    assert REFUND.idempotent
    assert not tool("write", roles=ArgumentRoles()).idempotent
    assert not tool("write", roles=ArgumentRoles(idempotency_key="gone"), **SCHEMA).idempotent
    assert REFUND.offered["_meta"] == {"muster/effect": "money", "muster/idempotent": True}
