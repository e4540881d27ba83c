"""Why a program ended, as its log tells it."""

from pathlib import Path

from muster.services.last_words import LastWords, last_words


def test_our_own_complaint_is_taken_with_what_to_do(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("started\nerror: the port is taken (X=1)\n  do: choose another\n")
    assert last_words(log) == LastWords("the port is taken (X=1)", "choose another")


def test_a_complaint_of_an_earlier_start_is_not_taken_for_this_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("error: old\n  do: old\nstarted\n")
    assert last_words(log).do is None


def test_of_a_trace_the_error_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('Traceback\n  File "error.py", line 1\nValueError: no\n\n')
    assert last_words(log) == LastWords("ValueError: no", None)


def test_a_missing_log_is_no_reason_to_fail(tmp_path: Path) -> None:
    assert last_words(tmp_path / "none").what == "it said nothing"
