"""Finds the chunk an event belongs to: by its leaf, or by its neighbours when it was changed."""

from collections.abc import Callable

from muster.ledger.verify.stored import Nodes


class StoredLeaves:
    """The stored leaves of the seal at hand, opening one chunk after the other as events come."""

    def __init__(
        self, nodes: Nodes, total: int, chunk_leaves: int, open_chunk: Callable[[list[bytes]], None]
    ) -> None:
        self._nodes = nodes
        self._total = total
        self._chunk_leaves = chunk_leaves
        self._open_chunk = open_chunk
        self._window: list[bytes] = []
        self._window_start = 0
        self._opened = 0
        """Leaves of the chunks that are open or done."""
        self._next = 0
        self._places: dict[bytes, int] | None = None
        self._end = 0

    async def begin(self, first_index: int, tree_size: int) -> None:
        """Go on to the next seal."""
        self._next, self._end = max(self._next, min(first_index, self._total)), min(tree_size, self._total)
        self._places = None
        self._forget(self._next // self._chunk_leaves * self._chunk_leaves)
        while self._window_start + len(self._window) < self._end:
            at = self._window_start + len(self._window)
            self._window += await self._nodes.take(min(self._chunk_leaves, self._total - at))
        self._open_up_to(self._next)

    def place(self, leaf: bytes) -> None:
        """Open the chunk of the event that has this leaf."""
        index = self._next
        if index < self._end and self._at(index) == leaf:
            self._next += 1
        else:
            self._places = self._places if self._places is not None else self._of_seal()
            index = self._places.get(leaf, -1)
            if index < self._next:  # it has no leaf here: it stays beside its neighbours
                return
            self._next = index + 1
        self._open_up_to(index)

    async def end(self) -> None:
        """Open the chunks that are left; nothing of them has an event."""
        while self._opened < self._total:
            await self.begin(self._opened, self._opened + 1)
            self._open_up_to(self._opened)

    def _open_up_to(self, index: int) -> None:
        """Open chunks until the one that holds leaf `index` is open."""
        while self._opened <= index and self._opened < self._total:
            piece = [
                self._at(at)
                for at in range(self._opened, min(self._opened + self._chunk_leaves, self._total))
            ]
            self._open_chunk(piece)
            self._opened += len(piece)

    def _of_seal(self) -> dict[bytes, int]:
        return {self._at(index): index for index in range(self._next, self._end)}

    def _at(self, index: int) -> bytes:
        return self._window[index - self._window_start]

    def _forget(self, before: int) -> None:
        keep_from = min(before, self._opened)
        del self._window[: keep_from - self._window_start]
        self._window_start = max(self._window_start, keep_from)
