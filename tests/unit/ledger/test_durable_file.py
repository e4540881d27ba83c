"""Files that are whole or not there."""

import stat
from pathlib import Path

import pytest

from muster.ledger.durable_file import FileNotKeptError, write_durably, write_first


def test_a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "file"
    write_durably(file, "one\n", mode=0o600)
    write_durably(file, "two\n", mode=0o600)
    assert file.read_text() == "two\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_of_two_first_writers_the_first_one_stays(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_first(file, "one\n")
    write_first(file, "two\n")
    assert file.read_text() == "one\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("not a folder")
    with pytest.raises(FileNotKeptError) as caught:
        write_durably(tmp_path / "folder" / "file", "one\n")
    assert caught.value.where == str(tmp_path / "folder" / "file")
