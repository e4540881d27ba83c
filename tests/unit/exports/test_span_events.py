from muster.exports.span_events import SAFE, moment_attributes
from muster.ledger.events import KINDS_BY_TYPE


def test_what_may_leave_are_fields_of_kinds_there_are() -> None:
    models = {kind: model for model, kind in KINDS_BY_TYPE.items()}

    for kind, names in SAFE.items():
        assert set(names) <= set(models[kind].model_fields), kind


def test_free_text_may_not_leave() -> None:
    told = {
        "reason",
        "detail",
        "summary",
        "answer",
        "note",
        "title",
        "sender",
        "ask",
        "value_text",
        "problem",
    }

    for kind, names in SAFE.items():
        free = told - (
            {"reason"} if kind == "escalation.raised" else set()
        )  # there it is one of a closed list
        assert not free & set(names), kind


def test_null_values_are_left_out_and_long_ones_are_json() -> None:
    payload = {"approval_id": None, "rules": ["a"], "tool": "t", "origins": {"x": "y"}}

    assert moment_attributes("approval.requested", payload, content=False) == {
        "muster.rules": ["a"],
        "muster.tool": "t",
    }
    assert moment_attributes("approval.requested", payload, content=True)["muster.origins"] == '{"x":"y"}'
