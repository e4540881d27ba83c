"""The Merkle tree of RFC 9162, section 2.1: roots, proofs of inclusion and of consistency, and their checks.

A node at level L covers 2^L leaves; `Node(level, number)` is the one over the leaves from number * 2^L to,
and without, (number + 1) * 2^L. Only complete nodes have a place of their own: all else, a root or a step of
a proof, is folded from few of them, so a proof in a tree of millions reads some dozen hashes.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from muster.core.errors import CallerError

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""


class TreeRangeError(CallerError):
    """A proof is asked for that no tree of this size can give."""


class Node(NamedTuple):
    """The place of a complete subtree."""

    level: int
    number: int


NodeReader = Callable[[Node], bytes]
"""Gives the hash of a complete subtree."""

Sha256 = Callable[[bytes], Any]
"""As `hashlib.sha256`."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node over `left` and `right`."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree as it grows at its right end: the complete subtrees its leaves fall into, and nothing else."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Go on from a tree of `size` leaves.

        Args:
            hashes: of the subtrees `cover(0, size)`, in that order.

        Raises:
            TreeRangeError: the number of hashes does not fit the size.
        """
        nodes = cover(0, size)
        if len(nodes) != len(hashes):
            raise TreeRangeError(f"a tree of {size} leaves has {len(nodes)} subtrees, not {len(hashes)}")
        self.size = size
        self._at_level = {node.level: value for node, value in zip(nodes, hashes, strict=True)}

    @property
    def hashes(self) -> list[bytes]:
        """The hashes of the subtrees `cover(0, size)`, the largest first."""
        return [self._at_level[level] for level in sorted(self._at_level, reverse=True)]

    def extend(self, leaves: Sequence[bytes], keep: Collection[int] = ()) -> dict[int, list[bytes]]:
        """Take in the next leaf hashes.

        Returns:
            for each level of `keep` the hashes of the nodes that became complete, in order; the first of them
            has the number `size before >> level`.
        """
        kept: dict[int, list[bytes]] = {level: [] for level in keep}
        row, level, first = list(leaves), 0, self.size
        self.size += len(row)
        while row:
            if level in kept:
                kept[level] = row
            if first & 1:
                row = [self._at_level.pop(level), *row]
            if len(row) & 1:
                self._at_level[level] = row[-1]
            row, level, first = parents(row), level + 1, first >> 1
        return kept

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        return _fold(self.hashes) if self.size else EMPTY_ROOT


def parents(row: list[bytes], hashed: Sha256 = sha256) -> list[bytes]:
    """The hashes over each two neighbours; a last one without neighbour is left out."""
    left_and_right = iter(row)
    return [
        hashed(b"\x01" + left + right).digest()
        for left, right in zip(left_and_right, left_and_right, strict=False)
    ]


def _fold(hashes: Sequence[bytes]) -> bytes:
    """One hash over subtrees that get smaller from left to right."""
    folded = hashes[-1]
    for left in reversed(hashes[:-1]):
        folded = node_hash(left, folded)
    return folded


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes; of 2^n neighbours at one level, the node over them all."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def cover(start: int, end: int) -> list[Node]:
    """The fewest complete subtrees that make up leaves `start` to `end` (exclusive), from left to right.

    Raises:
        TreeRangeError: the range runs backwards or starts below zero.
    """
    if not 0 <= start <= end:
        raise TreeRangeError(f"there are no leaves from {start} to {end}")
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def root_nodes(size: int) -> list[Node]:
    """The nodes that the root of a tree of `size` leaves is folded from."""
    return cover(0, size)


def root_at(size: int, read: NodeReader) -> bytes:
    """The root over the first `size` leaves."""
    return _fold([read(node) for node in cover(0, size)]) if size else EMPTY_ROOT


def inclusion_steps(index: int, size: int) -> list[list[Node]]:
    """For each hash of an inclusion proof, the nodes it is folded from (RFC 9162, section 2.1.3.1).

    Raises:
        TreeRangeError: a tree of `size` leaves has no leaf `index`.
    """
    if not 0 <= index < size:
        raise TreeRangeError(f"a tree of {size} leaves has no leaf {index}")
    steps, start, end = [], 0, size
    while end - start > 1:
        middle = start + _left_width(end - start)
        if index < middle:
            steps.append(cover(middle, end))
            end = middle
        else:
            steps.append(cover(start, middle))
            start = middle
    return steps[::-1]


def inclusion_proof(index: int, size: int, read: NodeReader) -> list[bytes]:
    """The hashes that show leaf `index` to be in the tree of `size` leaves.

    Raises:
        TreeRangeError: that tree has no such leaf.
    """
    return _folded(inclusion_steps(index, size), read)


def consistency_steps(old_size: int, new_size: int) -> list[list[Node]]:
    """For each hash of a consistency proof, the nodes it is folded from (RFC 9162, section 2.1.4.1).

    Raises:
        TreeRangeError: the old size is zero or greater than the new one.
    """
    if not 0 < old_size <= new_size:
        raise TreeRangeError(f"a tree of {old_size} leaves does not come before one of {new_size}")
    steps, start, end = [], 0, new_size
    while end != old_size:
        middle = start + _left_width(end - start)
        if old_size <= middle:
            steps.append(cover(middle, end))
            end = middle
        else:
            steps.append(cover(start, middle))
            start = middle
    if start:  # when the old tree is a complete left part of the new one, its root is known to whoever checks
        steps.append(cover(start, end))
    return steps[::-1]


def consistency_proof(old_size: int, new_size: int, read: NodeReader) -> list[bytes]:
    """The hashes that show the tree of `new_size` leaves to begin with the one of `old_size`.

    Raises:
        TreeRangeError: the old size is zero or greater than the new one.
    """
    return _folded(consistency_steps(old_size, new_size), read)


def root_by_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that `proof` leads to from `leaf` (RFC 9162, section 2.1.3.2); None if its length is wrong."""
    if not 0 <= index < size:
        return None
    root, place, last = leaf, index, size - 1
    for step in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(step, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, step)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows `leaf` to be leaf `index` of the tree of `size` leaves with this root."""
    return root_by_inclusion(leaf, index, size, proof) == root


def verify_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Whether `proof` shows the new tree to begin with the old one (RFC 9162, section 2.1.4.2)."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    steps = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not steps:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _folded(steps: Iterable[list[Node]], read: NodeReader) -> list[bytes]:
    return [_fold([read(node) for node in nodes]) for nodes in steps]


def _left_width(width: int) -> int:
    """The greatest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)
