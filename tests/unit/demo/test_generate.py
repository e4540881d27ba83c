"""The generator: the same seed gives the same bytes, and enough of every kind of work."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from email import message_from_bytes, policy
from pathlib import Path

from muster.demo.generate.edition import make_edition, write_edition
from muster.demo.generate.plan import PLAN, SENT_AGAIN
from muster.demo.score import Truth


def _generated(folder: Path) -> dict[str, bytes]:
    made = [*(folder / "mail").rglob("*"), *(folder / "drop").rglob("*")]
    made += [folder / name for name in ("truth.jsonl", "company.json", "webhooks.jsonl")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in made if path.is_file()}


def test_the_committed_data_are_what_the_generator_makes(
    demo_dir: Path, first_edition: dict[str, bytes]
) -> None:
    committed = _generated(demo_dir)
    assert committed.keys() == first_edition.keys()
    assert [path for path, content in first_edition.items() if committed[path] != content] == []


def test_another_seed_gives_another_company(first_edition: dict[str, bytes]) -> None:
    assert make_edition(8, 1)["company.json"] != first_edition["company.json"]


def test_a_later_edition_shares_no_message_and_no_number_with_an_earlier_one(
    truths: Sequence[Truth], second_edition: dict[str, bytes], demo_dir: Path
) -> None:
    later = [json.loads(line) for line in second_edition["truth.jsonl"].splitlines()]
    assert {truth["external_id"] for truth in later}.isdisjoint({truth["external_id"] for truth in truths})
    first, second = (
        json.loads((demo_dir / "company.json").read_text()),
        json.loads(second_edition["company.json"]),
    )
    for table, column in {"customers": "email", "orders": "order_number", "vendors": "name",
                          "purchase_orders": "po_number", "contracts": "contract_id", "companies": "domain",
                          "bank_transactions": "transaction_id"}.items():  # fmt: skip
        assert {row[column] for row in first[table]}.isdisjoint({row[column] for row in second[table]}), table
    assert second["business_date"] > first["business_date"]


def test_writing_an_edition_replaces_the_old_one_and_leaves_the_handbook(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "999.eml").write_text("old")
    (tmp_path / "rules.md").write_text("handbook")
    write_edition({"mail/001.eml": b"new", "truth.jsonl": b""}, tmp_path)
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["001.eml"]
    assert (tmp_path / "rules.md").read_text() == "handbook"


def test_there_is_enough_work_of_every_kind(truths: Sequence[Truth]) -> None:
    tasks = [truth for truth in truths if truth["expect"] in ("completed", "escalated")]
    by_team = Counter(truth["team"] for truth in tasks)
    assert len(tasks) >= 240
    assert by_team["support"] >= 100
    assert by_team["finance"] >= 65
    assert by_team["leads"] >= 40
    assert by_team["vendors"] >= 28
    assert sum(truth["expect"] == "quarantined" for truth in truths) >= 3
    assert sum(truth["expect"] == "duplicate" for truth in truths) == sum(SENT_AGAIN.values())
    assert sum("instruction" in truth["case"] for truth in tasks) >= 12


def test_every_case_of_the_plan_is_there(truths: Sequence[Truth]) -> None:
    assert {maker.__name__ for maker in PLAN} == {
        truth["case"] for truth in truths if truth["expect"] != "duplicate"
    }


def test_every_file_has_its_line_of_truth_and_the_reverse(truths: Sequence[Truth], demo_dir: Path) -> None:
    files = {path for path in _generated(demo_dir) if path.startswith(("mail/", "drop/"))}
    webhooks = (demo_dir / "webhooks.jsonl").read_text().splitlines()
    expected = files | {f"webhooks.jsonl#{number}" for number in range(1, len(webhooks) + 1)}
    assert {truth["message"] for truth in truths} == expected


def test_a_mail_is_known_by_its_message_id(truths: Sequence[Truth], demo_dir: Path) -> None:
    mails = [truth for truth in truths if truth["channel"] == "mail"]
    for truth in mails:
        message = message_from_bytes((demo_dir / truth["message"]).read_bytes(), policy=policy.default)
        assert message["Message-ID"] == f"<{truth['external_id']}>"
        assert truth["source"] == f"mail:{message['To']}"


def test_mails_come_in_many_shapes(demo_dir: Path) -> None:
    raw = [path.read_bytes() for path in (demo_dir / "mail").glob("*.eml")]
    heads = b"\n".join(raw).lower()
    for shape in (b"multipart/alternative", b"text/html", b"iso-8859-1", b"base64", b"quoted-printable",
                  b"application/pdf", b"=?utf-8?", b"<!--", b"color:#ffffff", b"auto-submitted"):  # fmt: skip
        assert shape in heads.replace(b"=3d", b"=").replace(b"=\r\n", b""), shape
    bodies = Counter(re.sub(rb"\d", b"0", mail.partition(b"\r\n\r\n")[2]) for mail in raw)
    assert len(bodies) > 0.9 * len(raw)


def test_the_data_stay_small(demo_dir: Path) -> None:
    assert sum(path.stat().st_size for path in demo_dir.rglob("*") if path.is_file()) < 3_000_000
