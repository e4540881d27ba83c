"""What is made of a server's tools beside the pinned ones."""

from typing import Any

from muster.gateway.comparing import Comparison, Known, Look
from muster.gateway.definition import digest, pinned_part
from muster.gateway.registration import Registration
from muster.ledger.events import Effect

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def definition(name: str, description: str = "Does it.") -> dict[str, Any]:
    return {"name": name, "description": description, "inputSchema": SCHEMA}


def known(name: str, *, effect: Effect = "read", agreed: dict[str, Any] | None = None, **more: Any) -> Known:
    part = pinned_part(definition(name, more.pop("description", "Does it.")))
    status = more.pop("status", "active")
    return Known(effect, status, part, digest(part), agreed, more.pop("capabilities", ""))


def compared(
    *definitions: Any, tools: dict[str, Known] | None = None, capabilities: str = "", **confirmed: Effect
) -> dict[str, Look]:
    tools_registered = {name.replace("every", "*"): {"effect": effect} for name, effect in confirmed.items()}
    registration = Registration.model_validate({"servers": {"s": tools_registered}})
    looks = Comparison("s", tools or {}, registration, capabilities).of(definitions)
    return {look.tool: look for look in looks}


def test_a_tool_nobody_confirmed_waits_with_the_worst_effect_and_a_proposal() -> None:
    look = compared(definition("get_it"))["get_it"]
    assert (look.status, look.finding, look.effect) == ("quarantined", "unconfirmed", "destructive")
    assert look.proposed is not None
    assert look.proposed["registration"] == {"effect": "read"}


def test_a_confirmed_tool_is_pinned_as_it_is() -> None:
    look = compared(definition("t"), t="write")["t"]
    assert (look.status, look.finding, look.effect, look.proposed) == ("active", "pinned", "write", None)


def test_a_tool_that_was_added_later_is_not_confirmed_by_the_star() -> None:
    assert compared(definition("t"), every="read")["t"].status == "active"
    look = compared(definition("t"), definition("u"), tools={"t": known("t")}, every="read")
    assert (look["t"].finding, look["u"].finding, look["u"].status) == (
        "unchanged",
        "unconfirmed",
        "quarantined",
    )
    assert look["u"].effect == "destructive"


def test_a_changed_tool_waits_and_is_back_when_it_is_again_as_agreed() -> None:
    changed = compared(definition("t", "Else."), tools={"t": known("t")}, t="read")["t"]
    assert (changed.status, changed.finding) == ("quarantined", "changed")
    waiting = known("t", description="Else.", status="quarantined", agreed=pinned_part(definition("t")))
    assert compared(definition("t", "Else."), tools={"t": waiting}, t="read")["t"].finding == "unchanged"
    back = compared(definition("t"), tools={"t": waiting}, t="read")["t"]
    assert (back.status, back.finding) == ("active", "restored")
    third = compared(definition("t", "Third."), tools={"t": waiting}, t="read")["t"]
    assert (third.status, third.finding) == ("quarantined", "changed")


def test_a_new_name_for_the_same_definition_is_said_and_waits() -> None:
    looks = compared(definition("new"), tools={"old": known("old")}, old="read")
    assert (looks["new"].status, looks["new"].finding) == ("quarantined", "renamed")
    assert "it was old" in looks["new"].note
    assert looks["old"].finding == "gone"


def test_a_copy_beside_the_tool_is_no_rename() -> None:
    looks = compared(definition("old"), definition("new"), tools={"old": known("old")}, old="read")
    assert looks["new"].finding == "unconfirmed"


def test_a_waiting_tool_that_a_person_names_later_is_active_unless_it_had_changed() -> None:
    waiting = known("t", effect="destructive", status="quarantined")
    named = compared(definition("t"), tools={"t": waiting}, t="read")["t"]
    assert (named.status, named.finding, named.effect) == ("active", "pinned", "read")
    changed = known("t", description="Else.", status="quarantined", agreed=pinned_part(definition("t")))
    assert compared(definition("t", "Else."), tools={"t": changed}, t="read")["t"].status == "quarantined"


def test_an_effect_that_was_corrected_holds_and_is_said() -> None:
    look = compared(definition("t"), tools={"t": known("t")}, t="money")["t"]
    assert (look.status, look.finding, look.effect, look.note) == (
        "active",
        "pinned",
        "money",
        "was registered as read",
    )


def test_the_capabilities_it_was_listed_under_are_part_of_the_pin() -> None:
    look = compared(definition("t"), tools={"t": known("t")}, capabilities="abc", t="read")["t"]
    assert (look.status, look.finding) == ("active", "pinned")
    same = known("t", capabilities="abc")
    assert (
        compared(definition("t"), tools={"t": same}, capabilities="abc", t="read")["t"].finding == "unchanged"
    )


def test_two_tools_of_one_name_and_what_is_no_definition_are_offered_to_nobody() -> None:
    looks = compared(definition("t"), definition("t", "Else."), "garbage", {"name": "u"}, t="read", u="read")
    assert {name: (look.status, look.finding) for name, look in looks.items()} == {
        "t": ("quarantined", "broken"),
        "u": ("quarantined", "broken"),
    }
    assert "several tools" in looks["t"].note
