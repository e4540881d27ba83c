"""What a caller is told."""

from typing import Any

import pytest

from muster.gateway.errors import UpstreamAnswerError
from muster.gateway.policy.verdict import Verdict
from muster.gateway.reply import Reply, answer, refusal, text_of


def answered(raw: dict[str, Any], *, characters: int = 100, structured: bool = False) -> Reply:
    return answer("tcl_1", raw, characters=characters, structured=structured)


def text(words: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": words}]}


def test_a_refusal_is_an_error_a_model_can_read() -> None:
    result = refusal("tcl_1", Verdict("needs_approval", "money_band", "too much")).to_result()
    wire = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert wire["isError"] is True
    assert text_of(wire) == "refused (money_band): too much"
    assert wire["_meta"]["muster/verdict"] == "needs_approval"


def test_an_answer_passes_as_it_is_with_our_own_meta_only() -> None:
    raw = text("hello") | {"structuredContent": {"a": 1}, "_meta": {"io.modelcontextprotocol/serverInfo": {}}}
    wire = answered(raw).to_result().model_dump(mode="json", by_alias=True, exclude_none=True)
    assert wire["content"][0]["text"] == "hello"
    assert wire["structuredContent"] == {"a": 1}
    assert set(wire["_meta"]) == {"muster/call_id", "muster/status"}


def test_structured_content_alone_is_shown_as_json() -> None:
    assert answered({"content": [], "structuredContent": {"a": "ü"}}).text == '{"a": "ü"}'


def test_what_is_not_text_is_named() -> None:
    image = {"type": "image", "data": "AAAA", "mimeType": "image/png"}
    assert answered({"content": [image]}).text == "[image: not text]"


def test_a_long_text_is_cut_and_promised_structure_is_not_faked() -> None:
    cut = answered(text("x" * 101) | {"structuredContent": {"a": 1}}, structured=True)
    assert cut.text.endswith("[cut by the gateway: 100 of 101 characters]")
    assert cut.to_result().structured_content is None
    assert cut.to_result().is_error


def test_what_the_ledger_cannot_keep_is_shown_as_such() -> None:
    assert answered(text("a\0b")).text == "a\ufffdb"


@pytest.mark.parametrize(
    "raw", [{"content": "hello"}, {"content": [{"type": "video"}]}, {"content": None, "isError": 3}]
)
def test_an_answer_that_is_no_tool_result_says_nothing_of_the_calls_fate(raw: dict[str, Any]) -> None:
    with pytest.raises(UpstreamAnswerError) as caught:
        answered(raw)
    assert not caught.value.declined


@pytest.mark.parametrize(
    ("code", "status", "declined"),
    [(-32602, None, True), (-32603, 500, True), (None, 404, True), (None, 502, False), (None, None, False)],
)
def test_only_the_system_itself_can_decline(code: int | None, status: int | None, declined: bool) -> None:
    assert UpstreamAnswerError("no", code=code, status=status).declined is declined


def test_a_question_back_is_an_answer_that_did_nothing() -> None:
    reply = answered({"resultType": "input_required"})
    assert (reply.status, reply.delivered) == ("tool_error", None)


def test_what_a_caller_must_know_to_try_again_is_in_the_meta() -> None:
    away = Reply(
        call_id="c", status="transport_error", text="", delivered=False, effect="money", idempotent=True
    )
    wire = away.to_result().model_dump(mode="json", by_alias=True, exclude_none=True)["_meta"]
    told = {key: wire[f"muster/{key}"] for key in ("delivered", "effect", "idempotent")}
    assert told == {"delivered": False, "effect": "money", "idempotent": True}


def test_an_act_whose_answer_was_cut_counts_as_carried_out() -> None:
    raw = text("x" * 500) | {"structuredContent": {"paid": True}}
    assert answered(raw, structured=True).status == "ok"
