"""What names a question."""

from dataclasses import replace
from typing import Any

from muster.models.question import Question

MARK = {"cache_control": {"type": "ephemeral"}}


def question(mark: dict[str, Any], **changes: Any) -> Question:
    text = {"type": "text", "text": "hi", **mark}
    plain = Question("writer", 1, [text], [{"role": "user", "content": [text]}], [{"name": "finish", **mark}])
    return replace(plain, **changes)


def test_where_the_cache_is_marked_does_not_change_the_name() -> None:
    assert question(MARK).sha256 == question({}).sha256


def test_the_name_of_a_question_without_marks_is_that_of_older_records() -> None:
    """Runs that were begun before a change of the platform find their recorded answers."""
    from muster.core.canonical import canonical_json, sha256_hex

    asked = question({})
    assert asked.sha256 == sha256_hex(canonical_json([asked.system, asked.messages, asked.tools]))


def test_other_words_other_tools_and_another_message_are_other_questions() -> None:
    names = {
        question({}).sha256,
        question({}, system=[]).sha256,
        question({}, tools=[]).sha256,
        question({}, messages=[{"role": "user", "content": "hi"}]).sha256,
    }
    assert len(names) == 4


def test_who_is_asked_and_how_patiently_is_no_part_of_the_name() -> None:
    assert question({}, role="specialist", patient=True).sha256 == question({}).sha256


def test_equal_lists_have_equal_names_and_the_same_list_is_read_once() -> None:
    one, other = question({}), question({})
    assert one.system is not other.system
    assert one.canonical == other.canonical
    assert replace(one, messages=[]).canonical_prefix == one.canonical_prefix


def test_numbers_that_are_no_integers_are_written_the_canonical_way() -> None:
    from muster.core.canonical import canonical_json

    asked = question({}, tools=[{"name": "pay", "input_schema": {"maximum": 1e21, "minimum": 0.10}}])
    assert asked.canonical == canonical_json([asked.system, asked.messages, asked.tools])
