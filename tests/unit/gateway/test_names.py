"""Names and addresses, seen through all systems together and through one alone."""

from typing import Any

import pytest

from muster.gateway.names import meant, named, prompt_named, shown, tool_called


def test_one_system_alone_keeps_its_own_names() -> None:
    item = {"uri": "file:///a", "name": "a"}
    assert named("shop", "shop", item) == prompt_named("shop", "shop", item) == item
    assert meant("shop", "resources/read", {"uri": "file:///a"}) == ("shop", {"uri": "file:///a"})
    assert tool_called("shop", "get_order") == "shop__get_order"
    assert tool_called(None, "shop__get_order") == "shop__get_order"


@pytest.mark.parametrize(
    ("method", "own"),
    [
        ("resources/read", {"uri": "file:///a+b"}),
        ("prompts/get", {"name": "a__b", "arguments": {}}),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "a"}, "argument": {}}),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "db://{id}"}, "argument": {}}),
    ],
)
def test_what_a_list_shows_leads_back_to_its_system(method: str, own: dict[str, Any]) -> None:
    reference = own.get("ref", own)
    if "uri" in reference:
        reference_shown = named(None, "shop", reference)
    else:
        reference_shown = prompt_named(None, "shop", reference)
    asked = {**own, "ref": reference_shown} if "ref" in own else {**own, **reference_shown}
    assert meant(None, method, asked) == ("shop", own)


def test_links_in_an_answer_lead_through_the_gateway_and_texts_stay() -> None:
    link = {"type": "resource_link", "uri": "file:///a", "name": "a"}
    embedded = {"type": "resource", "resource": {"uri": "file:///b", "text": "file:///b"}}
    answer = {"content": [link, embedded, {"type": "text", "text": "file:///c"}], "isError": False}
    seen = shown(None, "shop", answer)
    assert seen["content"][0]["uri"] == "shop+file:///a"
    assert seen["content"][1]["resource"] == {"uri": "shop+file:///b", "text": "file:///b"}
    assert seen["content"][2] == {"type": "text", "text": "file:///c"}
    assert shown("shop", "shop", answer) == answer
