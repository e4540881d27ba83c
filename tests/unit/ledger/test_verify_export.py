"""An export is checked from its file alone, and whatever is done to it is found and its place named."""

import base64
import json
import runpy
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from muster.ledger.notes import Checkpoint, NoteError, SigningKey, VerifierKey
from muster.ledger.verify import NotAnExportError, Verdict, verify_export
from tests.benchmarks.made_export import Shape, write_export

KEY = SigningKey("test.example/ledger", b"k" * 32)
SHAPE = Shape(events=100, unsealed=6, body_bytes=400, run_length=5, seal_every=30, chunk_leaves=16)
"""Leaves 0 to 99 in chunks of 16; seals at 30, 60, 90, 100; every eighth is of no run; seq = index + 1."""

CHECK = Path(__file__).parents[3] / "muster" / "ledger" / "export" / "archive_files" / "check.py"
Members = dict[str, bytes]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.zip"
    write_export(path, SHAPE, KEY)
    return path


def rewritten(path: Path, change: Callable[[Members], object], *, compressed: bool = False) -> Path:
    """The archive with its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def lines(members: Members, name: str, change: Callable[[list[bytes]], object]) -> bool:
    parts = members[name].splitlines()
    change(parts)
    members[name] = b"".join(part + b"\n" for part in parts)
    return True


def seals(members: Members, change: Callable[[list[dict[str, object]]], object]) -> None:
    rows = [json.loads(line) for line in members["seals.jsonl"].splitlines()]
    change(rows)
    members["seals.jsonl"] = b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def swap(parts: list[bytes], one: int, other: int) -> None:
    parts[one], parts[other] = parts[other], parts[one]


def said(verdict: Verdict) -> str:
    return "\n".join(f"{one.kind} seq={one.seq} index={one.index}: {one}" for one in verdict.problems)


def checked_alone(path: Path, key: VerifierKey = KEY.verifier) -> subprocess.CompletedProcess[str]:
    """What the archive's own program says, run without any package."""
    command = [sys.executable, "-I", "-S", str(CHECK), str(path), key.vkey]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def reseal_with(own: SigningKey) -> Callable[[Members], None]:
    """Every seal signed anew by another key, which is put into the list."""

    def change(members: Members) -> None:
        members["keys.json"] = json.dumps([{"vkey": own.verifier.vkey, "endorsement": None}]).encode()

        def sign(rows: list[dict[str, object]]) -> None:
            for row in rows:
                root = bytes.fromhex(str(row["root_sha256"]))
                row["key_id"] = own.verifier.key_id
                row["checkpoint"] = own.sign(Checkpoint(own.name, int(str(row["tree_size"])), root).text)

        seals(members, sign)

    return change


def cut_tail(members: Members) -> bytes:
    return members.pop("unsealed/00000.tsv")


def edit(line: bytes) -> bytes:
    return line.replace(b"parcel", b"PARCEL", 1)


ATTACKS: dict[str, tuple[Callable[[Members], object], str, int | None, int | None, str]] = {
    "a body of a run edited": (
        lambda members: lines(members, "events/00001.tsv", lambda rows: rows.__setitem__(2, edit(rows[2]))),
        "body_edited", 19, 18, "leaf 18: it was edited after it was sealed",
    ),
    "a body of no run edited": (
        lambda members: lines(members, "events/00000.tsv", lambda rows: rows.__setitem__(7, edit(rows[7]))),
        "body_edited", 8, 7, "leaf 7: it was edited",
    ),
    "an unsealed body edited": (
        lambda members: lines(members, "unsealed/00000.tsv", lambda rows: rows.__setitem__(0, edit(rows[0]))),
        "body_edited", 101, None, "body and chain of run_",
    ),
    "an event deleted": (
        lambda members: lines(members, "events/00002.tsv", lambda rows: rows.pop(4)),
        "event_deleted", 36, 36, "leaf 36: 1 sealed event is gone, deleted between event 36",
    ),
    "a whole chunk of events emptied": (
        lambda members: members.update({"events/00002.tsv": b""}),
        "event_deleted", 32, 32, "leaves 32 to 47: 16 sealed events are gone, deleted between event 32",
    ),
    "an event inserted": (
        lambda members: lines(members, "events/00001.tsv", lambda rows: rows.insert(8, edit(rows[7]))),
        "event_inserted", 24, 24, "it was never sealed and was inserted between event 24",
    ),
    "two events exchanged": (
        lambda members: lines(members, "events/00003.tsv", lambda rows: swap(rows, 1, 2)),
        "event_moved", 50, None, "it stands after event 51, out of order",
    ),
    "a line truncated": (
        lambda members: lines(members, "events/00000.tsv", lambda rows: rows.__setitem__(3, rows[3][:-9])),
        "body_edited", 4, 3, "leaf 3: it was edited",
    ),
    "a line that is none": (
        lambda members: lines(members, "events/00000.tsv", lambda rows: rows.__setitem__(3, b"x")),
        "archive_damaged", None, None, "events/00000.tsv, line 4: this is not an event",
    ),
    "a time of recording edited": (
        lambda members: lines(
            members, "events/00000.tsv", lambda rows: rows.__setitem__(7, rows[7].replace(b"\t1", b"\t2", 1))
        ),
        "body_edited", 8, 7, "leaf 7",
    ),
    "two chunks exchanged": (
        lambda members: members.update(
            {"events/00001.tsv": members["events/00002.tsv"], "events/00002.tsv": members["events/00001.tsv"]}
        ),
        "event_moved", 17, 32, "begins with event 17, after event 48",
    ),
    "two chunks exchanged with their leaves": (
        lambda members: members.update(
            {
                f"{kind[0]}/0000{at}.{kind[1]}": members[f"{kind[0]}/0000{3 - at}.{kind[1]}"]
                for at in (1, 2)
                for kind in (("events", "tsv"), ("leaves", "bin"))
            }
        ),
        "root_differs", 1, 0, "the seal over leaves 0 to 29 (events 1 to 30): neither",
    ),
    "the end cut off": (
        lambda members: [lines(members, "events/00006.tsv", lambda rows: rows.pop()), cut_tail(members)],
        "end_cut_off", 99, 99, "leaf 99: the end was cut off after event 99",
    ),
    "a chunk removed": (
        lambda members: members.pop("events/00003.tsv"),
        "archive_damaged", None, None, "events/00003.tsv is missing",
    ),
    "a stored leaf edited": (
        lambda members: members.update({"leaves/00001.bin": bytes(32) + members["leaves/00001.bin"][32:]}),
        "tree_edited", 17, 16, "leaf 16 of the stored tree was changed",
    ),
    "a root edited": (
        lambda members: seals(members, lambda rows: rows[1].update(root_sha256="00" * 32)),
        "seal_forged", 31, 30, "its row does not say what its checkpoint signs",
    ),
    "a seal forged": (
        lambda members: seals(
            members, lambda rows: rows[1].update(checkpoint=str(rows[1]["checkpoint"]).replace("60", "61", 1))
        ),
        "seal_forged", 31, 30, "the seal over leaves 30 to 59 (events 31 to 60) is forged: the signature of",
    ),
    "a seal removed": (
        lambda members: seals(members, lambda rows: rows.pop(1)),
        "seal_missing", 61, 60, "leaf 30: a seal is missing",
    ),
    "the newest seal removed": (
        lambda members: seals(members, lambda rows: rows.pop()),
        "seal_missing", None, 90, "leaf 90: it and 9 more are under no seal",
    ),
    "every key replaced": (
        reseal_with(SigningKey("test.example/ledger", b"x" * 32)),
        "key_replaced", None, None, "a key was replaced",
    ),
}  # fmt: skip


def test_an_honest_export_is_whole(export: Path) -> None:
    verdict = verify_export(export, trusted_key=KEY.verifier)
    assert verdict.whole, said(verdict)
    assert (verdict.events, verdict.sealed, verdict.unsealed, verdict.seals) == (106, 100, 6, 4)
    assert (verdict.notes, verdict.open_intents) == ([], None)
    assert verdict.first_key == KEY.verifier.vkey


def test_chunks_checked_side_by_side_give_the_same(export: Path) -> None:
    assert vars(verify_export(export, workers=2)) == vars(verify_export(export, workers=1))


def test_checking_does_not_run_the_callers_script_again(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script.py"
    script.write_text(f"from pathlib import Path\nPath({str(ran)!r}).touch()\n")
    main = ModuleType("__main__")
    main.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert verify_export(export, workers=2).whole
    assert sys.modules["__main__"] is main
    assert not ran.exists()


def test_without_a_key_the_verdict_says_what_to_compare(export: Path) -> None:
    verdict = verify_export(export)
    assert verdict.whole
    assert "compare its fingerprint" in verdict.notes[0]


def test_an_archive_that_was_packed_again_with_compression_is_fine(export: Path) -> None:
    rewritten(export, lambda _: None, compressed=True)
    assert verify_export(export, trusted_key=KEY.verifier).whole


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_on_an_export_is_found_and_its_place_named(export: Path, name: str) -> None:
    change, kind, seq, index, says = ATTACKS[name]
    rewritten(export, change)
    verdict = verify_export(export, trusted_key=KEY.verifier)
    found = [one for one in verdict.problems if says in one.sentence]
    assert [(one.kind, one.seq, one.index) for one in found] == [(kind, seq, index)], said(verdict)


@pytest.mark.parametrize("name", ATTACKS)
def test_the_archives_own_program_finds_every_attack_too(export: Path, name: str) -> None:
    change, *_ = ATTACKS[name]
    rewritten(export, change)
    outcome = checked_alone(export)
    assert outcome.returncode == 1, outcome.stdout
    assert "NOT WHOLE" in outcome.stderr


def test_the_archives_own_program_passes_an_honest_export(export: Path) -> None:
    outcome = checked_alone(export)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "whole: 106 events, 100 sealed under 4 seals" in outcome.stdout


def test_the_archives_own_program_knows_ed25519() -> None:
    check = runpy.run_path(str(CHECK))
    note = KEY.sign("some text\n")
    assert check["signed_text"](note, KEY.verifier.vkey) == "some text\n"
    changed = note.replace("some", "Some")
    with pytest.raises(check["WrongError"]):
        check["signed_text"](changed, KEY.verifier.vkey)


def test_an_attacker_who_seals_anew_is_found_by_the_key_the_auditor_was_given(export: Path) -> None:
    own = SigningKey("test.example/ledger", b"x" * 32)
    rewritten(export, reseal_with(own))
    assert verify_export(export).whole
    assert verify_export(export).first_key == own.verifier.vkey
    assert not verify_export(export, trusted_key=KEY.verifier).whole


def test_an_export_must_contain_a_checkpoint_seen_before(export: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(export) as archive:
        rows = [json.loads(line) for line in archive.read("seals.jsonl").splitlines()]
    for row in rows:
        assert verify_export(export, seen=row["checkpoint"]).whole
    shorter = tmp_path / "shorter.zip"
    write_export(shorter, Shape(**{**vars(SHAPE), "events": 50}), KEY)
    [problem] = verify_export(shorter, seen=rows[-1]["checkpoint"]).problems
    assert (problem.kind, problem.index) == ("rolled_back", 50)
    other = KEY.sign(Checkpoint(KEY.name, 40, b"r" * 32).text)
    [problem] = verify_export(export, seen=other).problems
    assert problem.kind == "forked"


def test_a_body_that_is_no_event_is_found_when_bodies_are_parsed(export: Path) -> None:
    assert verify_export(export, parse=True).whole

    def change(members: Members) -> None:
        lines(
            members,
            "unsealed/00000.tsv",
            lambda rows: rows.__setitem__(3, rows[3].replace(b'","', b'", "', 1)),
        )

    verdict = verify_export(rewritten(export, change), parse=True)
    assert "not_canonical" in said(verdict)


@pytest.mark.parametrize("content", [b"", b"not a zip"])
def test_a_file_that_is_no_export_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(NotAnExportError):
        verify_export(path)
    with pytest.raises(NotAnExportError):
        verify_export(tmp_path / "missing.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ledger.json", '{"format": "something else"}')
    with pytest.raises(NotAnExportError):
        verify_export(path)


@pytest.mark.parametrize("name", ["ledger.json", "keys.json", "seals.jsonl"])
@pytest.mark.parametrize("content", [b"", b"[1]\n", b"null\n", b'{"tree_size": []}\n', b"\xff\n"])
def test_a_list_that_is_not_in_its_format_is_refused_and_no_fault_of_ours(
    export: Path, name: str, content: bytes
) -> None:
    rewritten(export, lambda members: members.update({name: content}))
    if (name, content) == ("seals.jsonl", b""):  # an export of a ledger that was never sealed has no line
        assert not verify_export(export, trusted_key=KEY.verifier).whole
        return
    with pytest.raises(NotAnExportError, match=name):
        verify_export(export, trusted_key=KEY.verifier)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse("test.example/ledger+00000000+" + base64.b64encode(bytes(33)).decode())
