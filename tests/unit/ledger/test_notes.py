"""Signed notes and checkpoints: the published examples, and everything that must not pass."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.ledger.notes import (
    Checkpoint,
    NoteError,
    SigningKey,
    VerifierKey,
    is_decimal,
    open_checkpoint,
    open_note,
)

# the example of golang.org/x/mod/sumdb/note
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6Ry"
    "yBwJnAM=\n"
)
ENOCH_LINE = (
    "\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1R"
    "vMc+QQ=\n"
)
# the example of c2sp.org/signed-note
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAl"
    "TgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)

KEY = SigningKey("muster.local/ledger", bytes(range(32)))
HEAD = Checkpoint("muster.local/ledger", 7, bytes(32), datetime(2026, 7, 1, 12, 30, 0, 5, tzinfo=UTC))


def test_the_reference_key_signs_the_reference_text_to_the_published_bytes() -> None:
    assert SigningKey.parse(PETER_PRIVATE).sign(TEXT) == f"{TEXT}\n{PETER_LINE}"


def test_the_reference_keys_are_read_and_written_alike() -> None:
    assert SigningKey.parse(PETER_PRIVATE).skey == PETER_PRIVATE
    assert SigningKey.parse(PETER_PRIVATE).verifier.vkey == PETER
    for vkey in (PETER, ENOCH, FOO):
        assert VerifierKey.parse(vkey).vkey == vkey


@pytest.mark.parametrize(
    ("vkey", "note"),
    [(PETER, f"{TEXT}\n{PETER_LINE}"), (ENOCH, f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}"), (FOO, FOO_NOTE)],
)
def test_the_published_notes_are_opened(vkey: str, note: str) -> None:
    opened = open_note(note, [VerifierKey.parse(vkey)])
    assert opened.signed_by.vkey == vkey
    assert opened.text == note[: note.rindex("\n\n") + 1]


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    opened = open_note(f"{TEXT}\n{ENOCH_LINE}{PETER_LINE}", [VerifierKey.parse(PETER)])
    assert opened.signed_by.name == "PeterNeumann"


def test_one_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    wrong = ENOCH_LINE.replace("rwz+eB", "rwz+eC")
    with pytest.raises(NoteError, match="EnochRoot"):
        open_note(f"{TEXT}\n{PETER_LINE}{wrong}", [VerifierKey.parse(PETER), VerifierKey.parse(ENOCH)])


def test_a_note_nobody_trusted_signed_is_refused_and_says_who_did() -> None:
    with pytest.raises(NoteError, match=r"only PeterNeumann\+c74f20a3"):
        open_note(f"{TEXT}\n{PETER_LINE}", [VerifierKey.parse(ENOCH)])


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        f"{TEXT}{PETER_LINE}",
        f"{TEXT}\n{PETER_LINE}"[:-1],
        f"{TEXT}\n{PETER_LINE}\n",
        f"{TEXT}\n{PETER_LINE}more\n",
        f"{TEXT}\r\n{PETER_LINE}",
        f"{TEXT}\n{PETER_LINE.replace(chr(0x2014), '-')}",
        f"{TEXT}\n{PETER_LINE.replace('nAM=', 'nAM')}",
        f"{TEXT}\n{PETER_LINE.replace('nAM=', 'nAN=')}",
        f"{TEXT}\n\u2014 PeterNeumann AAAA\n",
    ],
)
def test_what_is_no_signed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, [VerifierKey.parse(PETER)])


@given(st.integers(0, len(f"{TEXT}\n{PETER_LINE}") - 1), st.characters(codec="utf-8"))
def test_no_character_of_a_note_can_be_changed(place: int, character: str) -> None:
    note = f"{TEXT}\n{PETER_LINE}"
    changed = note[:place] + character + note[place + 1 :]
    if changed == note:
        return
    with pytest.raises(NoteError):
        open_note(changed, [VerifierKey.parse(PETER)])


@given(st.data())
def test_a_mangled_key_is_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(PETER)))
    end = data.draw(st.integers(start, len(PETER)))
    place = data.draw(st.integers(0, len(PETER) - 1))
    if PETER[start:end] != PETER:
        with pytest.raises(NoteError):
            VerifierKey.parse(PETER[start:end])
    with pytest.raises(NoteError):
        VerifierKey.parse(PETER[:place] + chr(ord(PETER[place]) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "a b+00000000+AAAA",
    ],
)
def test_a_key_of_another_length_kind_or_name_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(vkey)


@pytest.mark.parametrize("skey", ["", PETER, PETER_PRIVATE[:-4], PETER_PRIVATE.replace("c74f", "c74e")])
def test_a_broken_private_key_is_refused_without_being_repeated(skey: str) -> None:
    with pytest.raises(NoteError) as caught:
        SigningKey.parse(skey)
    assert "AYEK" not in str(caught.value)


def test_a_private_key_does_not_show_itself() -> None:
    assert "PRIVATE" not in repr(KEY)
    assert KEY.skey.rsplit("+", 1)[1] not in repr(KEY)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b"])
def test_a_name_that_would_break_a_note_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        SigningKey.generate(name)


@pytest.mark.parametrize("text", ["", "no newline", "a bell\a\n"])
def test_a_text_that_is_no_note_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        KEY.sign(text)


def test_a_checkpoint_is_origin_size_root_and_time() -> None:
    assert HEAD.text == (
        "muster.local/ledger\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        "time 2026-07-01T12:30:00.000005Z\n"
    )
    assert Checkpoint.parse(HEAD.text) == HEAD


def test_a_checkpoint_of_another_log_with_other_extensions_is_read() -> None:
    read = Checkpoint.parse("example.com/log\n0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n")
    assert (read.size, read.at) == (0, None)
    assert Checkpoint.parse(read.text) == read


@pytest.mark.parametrize(
    "text",
    [
        "origin\n7\n",
        "origin\n07\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n-7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n7\nAAAA\n",
        "origin\n7\nnot base64\n",
        "\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "origin\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ntime yesterday\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_a_signed_checkpoint_is_opened_with_its_key() -> None:
    assert open_checkpoint(KEY.sign(HEAD.text), [KEY.verifier]) == HEAD


def test_a_checkpoint_signed_under_another_name_is_refused() -> None:
    other = SigningKey("elsewhere", KEY.seed)
    with pytest.raises(NoteError, match="elsewhere signed a checkpoint of muster"):
        open_checkpoint(other.sign(HEAD.text), [other.verifier])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", True),
        ("10", True),
        ("01", False),
        ("", False),
        ("²", False),
        ("9" * 19, False),
        ("9" * 20, False),
    ],
)
def test_numbers_are_written_one_way(text: str, expected: bool) -> None:
    assert is_decimal(text) is expected
