"""Proofs as text: what is written is read, and what is changed does not hold."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.ledger.leaf import entry, leaf_of_entry
from muster.ledger.merkle import Node, consistency_proof, inclusion_proof, root_of
from muster.ledger.notes import Checkpoint, SigningKey
from muster.ledger.proof_text import ConsistencyProof, InclusionProof, ProofFormatError
from muster.ledger.proofs import ProofWrongError, check_consistency, check_inclusion

KEY = SigningKey("example.com/log", bytes(32))
KEYS = [KEY.verifier]
OTHER = SigningKey("example.com/log", bytes([1] * 32))
NOW = datetime(2026, 7, 1, tzinfo=UTC)
BODIES = [f'{{"n":{number},"text":"ü"}}' for number in range(7)]
ENTRIES = [
    entry(number + 1, number, sha256(body.encode()).digest(), None) for number, body in enumerate(BODIES)
]
LEAVES = [leaf_of_entry(one) for one in ENTRIES]


def node(place: Node) -> bytes:
    return root_of(LEAVES[place.number << place.level : (place.number + 1) << place.level])


def head(size: int, key: SigningKey = KEY) -> str:
    return key.sign(Checkpoint("example.com/log", size, root_of(LEAVES[:size]), NOW).text)


def inclusion(index: int = 3, size: int = 7) -> InclusionProof:
    return InclusionProof(
        index, ENTRIES[index], BODIES[index], inclusion_proof(index, size, node), head(size)
    )


def consistency(old: int = 3, new: int = 7) -> ConsistencyProof:
    return ConsistencyProof(old, consistency_proof(old, new, node), head(new))


def test_an_inclusion_proof_is_a_c2sp_tlog_proof() -> None:
    lines = inclusion().text.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 3"
    assert lines[6] == ""
    assert lines[7:9] == ["example.com/log", "7"]


@given(st.integers(1, 7), st.data())
def test_a_proof_that_was_written_is_read_and_holds(size: int, data: st.DataObject) -> None:
    proof = inclusion(data.draw(st.integers(0, size - 1)), size)
    assert InclusionProof.parse(proof.text) == proof
    proved = check_inclusion(proof, KEYS)
    assert (proved.seq, proved.index, proved.body) == (proof.index + 1, proof.index, BODIES[proof.index])
    grown = consistency(data.draw(st.integers(1, size)), size)
    assert ConsistencyProof.parse(grown.text) == grown
    old = Checkpoint("example.com/log", grown.old_size, root_of(LEAVES[: grown.old_size]))
    assert check_consistency(grown, old, KEYS).size == size


@given(st.data())
def test_no_character_of_an_inclusion_proof_can_be_changed(data: st.DataObject) -> None:
    text = inclusion().text
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.characters(codec="utf-8")) + text[place + 1 :]
    if changed == text:
        return
    with pytest.raises((ProofFormatError, ProofWrongError)):
        check_inclusion(InclusionProof.parse(changed), KEYS)


@pytest.mark.parametrize(
    ("proof", "named"),
    [
        (InclusionProof(3, ENTRIES[3], BODIES[2], inclusion().hashes, head(7)), "body"),
        (InclusionProof(2, ENTRIES[3], BODIES[3], inclusion().hashes, head(7)), "leaf 2"),
        (InclusionProof(3, ENTRIES[3], BODIES[3], inclusion().hashes[:-1], head(7)), "leaf 3"),
        (InclusionProof(3, ENTRIES[3], BODIES[3], inclusion().hashes, head(6)), "leaf 3"),
        (InclusionProof(3, ENTRIES[3][:-1], BODIES[3], inclusion().hashes, head(7)), "79 bytes"),
        (InclusionProof(3, ENTRIES[3], BODIES[3], inclusion().hashes, head(7, OTHER)), "no trusted key"),
    ],
)
def test_a_wrong_proof_says_what_is_wrong(proof: InclusionProof, named: str) -> None:
    with pytest.raises(ProofWrongError, match=named):
        check_inclusion(proof, KEYS)


@pytest.mark.parametrize(
    ("old", "named"),
    [
        (Checkpoint("example.com/log", 3, root_of(LEAVES[1:4])), "rewritten"),
        (Checkpoint("example.com/log", 4, root_of(LEAVES[:4])), "begins at 3"),
        (Checkpoint("example.com/other", 3, root_of(LEAVES[:3])), "two ledgers"),
    ],
)
def test_a_record_that_did_not_only_grow_is_found(old: Checkpoint, named: str) -> None:
    with pytest.raises(ProofWrongError, match=named):
        check_consistency(consistency(), old, KEYS)


GOOD = inclusion().text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        GOOD.replace("@v1", "@v2"),
        GOOD.replace("extra ", "more "),
        GOOD.replace("extra ", "extra !"),
        GOOD.replace("index 3", "index 03"),
        GOOD.replace("index 3", "place 3"),
        GOOD.replace("index 3", "index 3\nAAAA"),
        GOOD[: GOOD.index("\n\n")],
        "\n".join(line for line in GOOD.split("\n") if not line.startswith("index")),
    ],
)
def test_what_is_no_inclusion_proof_is_refused(text: str) -> None:
    with pytest.raises(ProofFormatError):
        InclusionProof.parse(text)


@pytest.mark.parametrize("text", ["", "old 3\n", "new 3\n\nx", "old x\n\nx", "old 3\nAAAA\n\nx"])
def test_what_is_no_consistency_proof_is_refused(text: str) -> None:
    with pytest.raises(ProofFormatError):
        ConsistencyProof.parse(text)
