from opentelemetry.proto.trace.v1 import trace_pb2

from muster.exports.otlp import request
from muster.exports.spans import Span, task_spans, trace_id
from tests.unit.exports.bodies import NOON, SECRET, TASK, Bodies


def a_task(source: str = "claude") -> Bodies:
    bodies = Bodies(source)
    bodies.arrival()
    bodies.model_call(2, 3)
    bodies.add("handoff.made", 5, "desk", from_agent="desk", to_agent="clerk", ask=SECRET)
    bodies.tool_call(6, 0.5, "clerk")
    bodies.add(
        "approval.requested",
        7,
        "clerk",
        approval_id="apr_1",
        tool="shop__pay",
        rules=["money"],
        summary=SECRET,
    )
    bodies.add(
        "escalation.raised",
        8,
        "clerk",
        escalation_id="esc_1",
        reason="low_confidence",
        detail=SECRET,
        facts=[],
    )
    bodies.end(10)
    return bodies


def spans(bodies: Bodies, *, content: bool = False) -> dict[str, Span]:
    return {span.name: span for span in task_spans(bodies.events, content=content)}


def test_a_task_is_a_trace_of_agents_models_and_tools() -> None:
    found = spans(a_task())

    root, desk, clerk = (
        found[name] for name in ("invoke_workflow support", "invoke_agent desk", "invoke_agent clerk")
    )
    chat, tool = found["chat claude-sonnet-5-5"], found["execute_tool shop__get_order"]
    assert root.parent_id is None
    assert desk.parent_id == clerk.parent_id == root.span_id
    assert (chat.parent_id, tool.parent_id) == (desk.span_id, clerk.span_id)
    assert {span.trace_id for span in found.values()} == {trace_id(TASK)}
    assert len({span.span_id for span in found.values()}) == 5
    assert (chat.kind, tool.kind) == ("client", "internal")


def test_times_are_the_records_to_the_microsecond_and_children_lie_within_their_parents() -> None:
    found = spans(a_task())
    noon = round(NOON.timestamp()) * 10**9
    chat = found["chat claude-sonnet-5-5"]

    assert (chat.start_ns - noon, chat.end_ns - noon) == (2 * 10**9, 5 * 10**9)
    root = found["invoke_workflow support"]
    assert (root.start_ns - noon, root.end_ns - noon) == (0, 10 * 10**9)
    parents = {span.span_id: span for span in found.values()}
    for span in found.values():
        if span.parent_id:
            parent = parents[span.parent_id]
            assert parent.start_ns <= span.start_ns <= span.end_ns <= parent.end_ns


def test_a_model_call_has_the_conventions_attributes() -> None:
    attributes = spans(a_task())["chat claude-sonnet-5-5"].attributes

    assert attributes["gen_ai.operation.name"] == "chat"
    assert attributes["gen_ai.provider.name"] == "anthropic"
    assert attributes["gen_ai.request.model"] == attributes["gen_ai.response.model"] == "claude-sonnet-5-5"
    assert attributes["gen_ai.usage.input_tokens"] == 1050  # the convention counts cached tokens in
    assert attributes["gen_ai.usage.output_tokens"] == 20
    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 900
    assert attributes["gen_ai.usage.cache_creation.input_tokens"] == 50
    assert attributes["gen_ai.response.finish_reasons"] == ["tool_use"]
    assert attributes["muster.cost_usd"] == 0.0125
    assert "error.type" not in attributes


def test_a_tool_call_and_an_agent_have_theirs() -> None:
    found = spans(a_task())

    tool = found["execute_tool shop__get_order"].attributes
    assert tool["gen_ai.operation.name"] == "execute_tool"
    assert tool["gen_ai.tool.name"] == "shop__get_order"
    assert str(tool["gen_ai.tool.call.id"]).startswith("tcl_")
    agent = found["invoke_agent desk"].attributes
    assert agent["gen_ai.operation.name"] == "invoke_agent"
    assert (agent["gen_ai.agent.name"], agent["gen_ai.agent.id"]) == ("desk", "support/desk")
    assert agent["gen_ai.agent.version"] == "4"


def test_handoffs_approvals_and_escalations_are_moments_of_their_agents() -> None:
    found = spans(a_task())

    desk = [moment.name for moment in found["invoke_agent desk"].moments]
    clerk = {moment.name: moment.attributes for moment in found["invoke_agent clerk"].moments}
    assert "handoff.made" in desk
    assert clerk["approval.requested"]["muster.rules"] == ["money"]
    assert clerk["escalation.raised"] == {
        "muster.escalation_id": "esc_1",
        "muster.reason": "low_confidence",
    }


def test_not_a_word_of_what_was_said_leaves_unless_asked_for() -> None:
    bodies = a_task()
    bodies.model_call(8, 1, status="error", error_type="overloaded", error_message=SECRET, response=None)
    bodies.tool_call(9, 0.1, status="tool_error", error_message=SECRET)
    bodies.add("fact.recorded", 9, "desk", key=SECRET, value=SECRET, source=SECRET)
    bodies.add("some.newer_kind", 9, "desk", words=SECRET)

    without = request(task_spans(bodies.events), origin="example.com").SerializeToString()
    with_content = request(task_spans(bodies.events, content=True), origin="example.com").SerializeToString()

    assert SECRET.encode() not in without
    assert b"jo@example.com" not in without
    assert with_content.count(SECRET.encode()) > 10


def test_content_is_in_the_conventions_form() -> None:
    found = spans(a_task(), content=True)

    said = found["chat claude-sonnet-5-5"].attributes["gen_ai.output.messages"]
    assert f'"parts":[{{"type":"text","content":"{SECRET}"}}]' in str(said)
    tool = found["execute_tool shop__get_order"].attributes
    assert (tool["gen_ai.tool.call.arguments"], tool["gen_ai.tool.call.result"]) == (
        f'{{"note":"{SECRET}"}}',
        SECRET,
    )


def test_a_failed_call_says_what_kind_of_error_it_was() -> None:
    bodies = Bodies()
    bodies.arrival()
    bodies.model_call(2, 1, status="error", error_type="overloaded_error", response=None)
    bodies.tool_call(4, 1, status="transport_error")
    bodies.end(6, "failed")

    found = spans(bodies)

    assert found["chat claude-sonnet-5-5"].error == "overloaded_error"
    assert found["execute_tool shop__get_order"].attributes["error.type"] == "transport_error"
    assert found["invoke_workflow support"].error == "failed"


def test_a_call_that_was_never_heard_of_again_and_one_without_its_intent_are_spans_too() -> None:
    bodies = Bodies()
    bodies.arrival()
    bodies.tool_call(2, 1)
    bodies.model_call(4, 2)
    settled = bodies.events.pop()  # the model call's outcome is lost
    bodies.events[2:3] = []  # and the tool call's intent is in no part of the record
    bodies.end(9)

    found = spans(bodies)

    assert settled["kind"] == "model_call.settled"
    assert found["chat claude-sonnet-5-5"].error == "no_outcome"
    tool = found["execute_tool shop__get_order"]
    assert (tool.error, (tool.end_ns - tool.start_ns) / 10**9) == (None, 1.0)


def test_a_clock_that_went_back_gives_no_span_that_ends_before_it_begins() -> None:
    bodies = Bodies()
    bodies.arrival()
    bodies.model_call(5, -3)
    bodies.end(-1)

    assert all(span.start_ns <= span.end_ns for span in task_spans(bodies.events))


def test_the_same_task_gives_the_same_request() -> None:
    once, again = (request(task_spans(a_task().events), origin="x").SerializeToString() for _ in range(2))

    assert once == again


def test_a_rehearsal_is_another_service() -> None:
    for source, service in (("claude", "muster"), ("rehearsal", "muster-rehearsal")):
        made = request(task_spans(a_task(source).events), origin="example.com/agents")
        names = {
            one.value.string_value
            for resource in made.resource_spans
            for one in resource.resource.attributes
            if one.key == "service.name"
        }
        assert names == {service}


def test_what_only_tools_did_in_a_rehearsal_is_the_rehearsals() -> None:
    bodies = a_task("rehearsal")
    for event in bodies.events:
        if event["kind"].startswith(("tool_call", "approval")):
            event["model_source"] = None  # the gateway knows of no model

    assert {span.model_source for span in task_spans(bodies.events)} == {"rehearsal"}


def test_errors_are_in_the_status_and_in_the_attributes() -> None:
    bodies = Bodies()
    bodies.arrival()
    bodies.end(2, "failed")

    [resource] = request(task_spans(bodies.events), origin="x").resource_spans
    root = resource.scope_spans[0].spans[0]

    assert root.status.code == trace_pb2.Status.STATUS_CODE_ERROR
    assert [one.value.string_value for one in root.attributes if one.key == "error.type"] == ["failed"]
