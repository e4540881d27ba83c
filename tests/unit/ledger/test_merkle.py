"""The Merkle tree: the published vectors of Certificate Transparency, and what must hold for every tree."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    Node,
    TreeRangeError,
    consistency_proof,
    consistency_steps,
    cover,
    inclusion_proof,
    inclusion_steps,
    node_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    sha256(b"\0" + bytes.fromhex(data)).digest()
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The root after 0, 1, ... 8 leaves."""

INCLUSION: list[tuple[int, int, list[str]]] = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY: list[tuple[int, int, list[str]]] = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]


def leaves(count: int) -> list[bytes]:
    return [sha256(b"\0" + number.to_bytes(4)).digest() for number in range(count)]


def by_the_book(row: list[bytes]) -> bytes:
    """The root as RFC 9162, section 2.1.1 defines it, by recursion."""
    if not row:
        return EMPTY_ROOT
    if len(row) == 1:
        return row[0]
    half = 1 << ((len(row) - 1).bit_length() - 1)
    return node_hash(by_the_book(row[:half]), by_the_book(row[half:]))


class Subtrees:
    """Reads complete subtrees of given leaves and counts the readings."""

    def __init__(self, row: list[bytes]) -> None:
        self.row = row
        self.readings = 0

    def __call__(self, node: Node) -> bytes:
        self.readings += 1
        start, end = node.number << node.level, (node.number + 1) << node.level
        assert end <= len(self.row), "a subtree that is not complete was asked for"
        return by_the_book(self.row[start:end])


SIZES = st.integers(1, 200)


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]
    assert root_at(size, Subtrees(LEAVES)).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_the_published_inclusion_proofs(index: int, size: int, proof: list[str]) -> None:
    ours = inclusion_proof(index, size, Subtrees(LEAVES))
    assert [step.hex() for step in ours] == proof
    assert verify_inclusion(LEAVES[index], index, size, ours, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_the_published_consistency_proofs(old: int, new: int, proof: list[str]) -> None:
    ours = consistency_proof(old, new, Subtrees(LEAVES))
    assert [step.hex() for step in ours] == proof
    assert verify_consistency(old, new, ours, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]))


@given(st.lists(st.integers(0, 70), max_size=6))
def test_a_frontier_fed_in_pieces_has_the_root_of_the_whole(pieces: list[int]) -> None:
    row, frontier = leaves(sum(pieces)), Frontier()
    kept: dict[int, list[bytes]] = {0: [], 3: [], 5: []}
    for piece in pieces:
        resumed = Frontier(frontier.size, frontier.hashes)
        for level, nodes in resumed.extend(row[frontier.size : frontier.size + piece], kept).items():
            kept[level] += nodes
        frontier = resumed
    assert frontier.root() == by_the_book(row)
    for level, nodes in kept.items():
        width = 1 << level
        assert nodes == [
            by_the_book(row[at : at + width]) for at in range(0, len(row) - len(row) % width, width)
        ]


@given(SIZES, st.data())
def test_every_leaf_of_every_tree_can_be_shown_to_be_in_it(size: int, data: st.DataObject) -> None:
    index, row = data.draw(st.integers(0, size - 1)), leaves(size)
    proof = inclusion_proof(index, size, Subtrees(row))
    assert verify_inclusion(row[index], index, size, proof, by_the_book(row))


@given(SIZES, st.data())
def test_an_inclusion_proof_holds_for_one_leaf_one_place_and_one_root(size: int, data: st.DataObject) -> None:
    index, row = data.draw(st.integers(0, size - 1)), leaves(size)
    root, proof = by_the_book(row), inclusion_proof(index, size, Subtrees(row))
    other = sha256(b"other").digest()
    assert not verify_inclusion(other, index, size, proof, root)
    assert not verify_inclusion(row[index], index, size, proof, other)
    assert not verify_inclusion(row[index], index, size, [*proof, other], root)
    assert not verify_inclusion(row[index], index, size, [other, *proof], root)
    assert not verify_inclusion(row[index], index + 1, size, proof, root)
    assert not verify_inclusion(row[index], index - 1, size, proof, root)
    assert not verify_inclusion(row[index], index, 0, proof, root)
    for step in range(len(proof)):
        assert not verify_inclusion(row[index], index, size, [*proof[:step], other, *proof[step + 1 :]], root)
        assert not verify_inclusion(row[index], index, size, proof[:step] + proof[step + 1 :], root)


@given(SIZES, st.data())
def test_every_tree_is_consistent_with_every_earlier_one(new: int, data: st.DataObject) -> None:
    old, row = data.draw(st.integers(1, new)), leaves(new)
    proof = consistency_proof(old, new, Subtrees(row))
    assert verify_consistency(old, new, proof, by_the_book(row[:old]), by_the_book(row))


@given(SIZES, st.data())
def test_a_consistency_proof_holds_for_two_roots_only(new: int, data: st.DataObject) -> None:
    old, row = data.draw(st.integers(1, new)), leaves(new)
    before, after, other = by_the_book(row[:old]), by_the_book(row), sha256(b"other").digest()
    proof = consistency_proof(old, new, Subtrees(row))
    assert not verify_consistency(old, new, proof, other, after)
    assert not verify_consistency(old, new, proof, before, other)
    assert not verify_consistency(old, new, [*proof, other], before, after)
    assert not verify_consistency(old, new, [other, *proof], before, after)
    assert not verify_consistency(new + 1, new, proof, before, after)
    assert not verify_consistency(0, new, proof, before, after)
    for step in range(len(proof)):
        assert not verify_consistency(old, new, [*proof[:step], other, *proof[step + 1 :]], before, after)
        assert not verify_consistency(old, new, proof[:step] + proof[step + 1 :], before, after)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_range_is_covered_once_and_in_order(start: int, length: int) -> None:
    at = start
    for node in cover(start, start + length):
        assert node.number << node.level == at
        at += 1 << node.level
    assert at == start + length


@given(st.integers(1, 10**12), st.data())
def test_a_proof_in_a_large_tree_needs_few_nodes(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    assert len(inclusion_steps(index, size)) <= 41
    assert sum(map(len, inclusion_steps(index, size))) <= 80
    assert sum(map(len, consistency_steps(index + 1, size))) <= 80


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(TreeRangeError):
        inclusion_steps(index, size)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
def test_a_tree_that_was_never_there_has_no_proof(old: int, new: int) -> None:
    with pytest.raises(TreeRangeError):
        consistency_steps(old, new)


def test_a_frontier_with_too_few_hashes_is_refused() -> None:
    with pytest.raises(TreeRangeError):
        Frontier(3, [b"one"])


def test_a_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(TreeRangeError):
        cover(3, 2)
