from pathlib import Path

import pytest

from muster.exports.cursor import WINDOW, Cursor, CursorFile
from muster.exports.errors import ExportFileError


def test_what_was_sent_is_not_lacking_and_what_shows_up_late_is() -> None:
    cursor = Cursor().with_sent([5, 9])

    assert not cursor.lacks(5)
    assert not cursor.lacks(9)
    assert cursor.lacks(7)  # became visible after 9 was sent
    assert cursor.lacks(10)


def test_only_the_last_places_are_remembered_one_by_one() -> None:
    cursor = Cursor().with_sent([1, 2]).with_sent([WINDOW + 2])

    assert cursor.recent == {WINDOW + 2}
    assert not cursor.lacks(1)
    assert cursor.lacks(3)


def test_a_cursor_is_kept_for_each_collector(tmp_path: Path) -> None:
    one, other = CursorFile(tmp_path, "http://a/v1/traces"), CursorFile(tmp_path, "http://b/v1/traces")
    one.write(Cursor().with_sent([3, 4]))

    assert CursorFile(tmp_path, "http://a/v1/traces").read() == Cursor(4, frozenset({3, 4}))
    assert other.read() == Cursor()


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b'{"seq": "x", "recent": []}', b'{"seq": 1}'])
def test_a_torn_cursor_is_said_and_not_guessed(tmp_path: Path, torn: bytes) -> None:
    file = CursorFile(tmp_path, "http://a/v1/traces")
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(torn)

    with pytest.raises(ExportFileError, match="sent so far"):
        file.read()
