"""The Maildir hand-over."""

from pathlib import Path

import pytest

from muster.intake.spool import Maildir


def test_mails_come_out_in_the_order_they_went_in_and_once_seen_no_more(tmp_path: Path) -> None:
    box = Maildir(tmp_path / "box").make()
    sent = [box.deliver(f"mail {number}".encode()) for number in range(12)]
    assert list(box.new(100)) == sent
    box.seen(sent[0])
    box.seen(sent[0])
    assert list(box.new(2)) == sent[1:3]
    assert (tmp_path / "box" / "cur" / f"{sent[0].name}:2,S").read_bytes() == b"mail 0"
    assert not list((tmp_path / "box" / "tmp").iterdir())


def test_a_mail_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    box = Maildir(tmp_path / "box").make()
    (tmp_path / "box" / "new").rmdir()
    with pytest.raises(OSError, match="No such file"):
        box.deliver(b"mail")
    assert not list((tmp_path / "box" / "tmp").iterdir())
    assert box.waiting() == 0
