"""Checks a ledger where it lives: events, chains, seals and tree, as they stand at one moment."""

from contextlib import AsyncExitStack
from hashlib import sha256
from typing import Any, LiteralString

from psycopg import AsyncConnection
from psycopg.rows import DictRow, TupleRow

from muster.ledger.guards import missing_guards
from muster.ledger.home import LedgerHome, read_pinned
from muster.ledger.leaf import leaf_hash
from muster.ledger.merkle import Frontier
from muster.ledger.notes import VerifierKey
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load
from muster.ledger.tree import KEPT_LEVELS
from muster.ledger.verify.align import ABSENT, BLOCK, Alignment, Found, Gap
from muster.ledger.verify.body import fault_of_columns
from muster.ledger.verify.detached import DetachedMonth, DetachedMonths
from muster.ledger.verify.mirror import check_mirror
from muster.ledger.verify.roots import Judge, Trees, copy_of
from muster.ledger.verify.runs import RunChains
from muster.ledger.verify.seals import SealLine, SealRow
from muster.ledger.verify.stamps import check_stamps
from muster.ledger.verify.stored import Nodes, Rows
from muster.ledger.verify.trust import KeyRow, line_of_keys
from muster.ledger.verify.verdict import Problem, Told, Verdict
from muster.ledger.verify.witness import Witness, open_witness

_TOLD_EVERY = 10_000


async def verify_ledger(
    ledger: PostgresLedger,
    home: LedgerHome | None = None,
    *,
    trusted_key: VerifierKey | None = None,
    mirror: str | None = None,
    told: Told | None = None,
) -> Verdict:
    """Check the whole record as it stands at one moment.

    Args:
        home: has the pinned key and the checkpoint kept outside the database; without it neither is compared.
        trusted_key: trust this first key instead of the pinned one.
        mirror: where the mirror is; without it its files are not read.

    Raises:
        LedgerUnavailableError: the database is away.
        LedgerKeyError: the ledger is sealed, and no key is pinned or given.
    """
    kept = home.witness.read_text("utf-8") if home is not None and home.witness.exists() else None
    async with ledger.transaction() as transaction, AsyncExitStack() as stack:
        connection = transaction.connection
        await connection.execute(load("muster.ledger", "snapshot"))
        check = DatabaseCheck(connection, told or (lambda *_: None))
        keys = await check.keys(home, trusted_key)
        if home is not None and (kept is not None or await check.is_sealed()):
            check.witness = open_witness(kept, home.witness, keys, check.verdict)
        await check.read(stack, keys)
        await check.ends()
        await check_stamps(connection, check.verdict)
        await check_mirror(connection, mirror, keys, check.verdict)
    check.verdict.order()
    return check.verdict


class DatabaseCheck:
    """One check of one database, inside a transaction that sees one moment."""

    def __init__(self, connection: AsyncConnection[DictRow], told: Told) -> None:
        self.verdict = Verdict()
        self.witness: Witness | None = None
        self._connection = connection
        self._told = told
        self._total = 0
        self._judge = Judge(self.verdict)
        self._of_events, self._of_stored = Frontier(), Frontier()
        self._after: Found | None = None

    async def keys(self, home: LedgerHome | None, trusted_key: VerifierKey | None) -> list[VerifierKey]:
        """The keys whose signatures count."""
        rows = [KeyRow(row["vkey"], row["endorsement"]) for row in await self._all("verify_keys")]
        root = trusted_key
        if root is None and home is not None and (home.pinned_keys.exists() or await self.is_sealed()):
            root = read_pinned(home)[0]
        return line_of_keys(rows, root, self.verdict)

    async def is_sealed(self) -> bool:
        """Whether there is any seal."""
        [row] = await self._all("verify_is_sealed")
        return bool(row["sealed"])

    async def read(self, stack: AsyncExitStack, keys: list[VerifierKey]) -> None:
        """Go once through events, stored leaves and seals, side by side."""
        [totals] = await self._all("verify_totals")
        self._total, self.verdict.open_intents = totals["events"], totals["open_intents"]
        months = [DetachedMonth(*row.values()) for row in await self._all("verify_detached")]
        self._months = DetachedMonths(months)
        self._chains = RunChains(self.verdict, self._months.absent)
        self._events = await stack.enter_async_context(Rows.of(self._connection, "verify_events"))
        self._nodes = {
            level: Nodes(
                await stack.enter_async_context(
                    Rows.of(self._connection, "verify_nodes", {"level": level}, batch=8)
                )
            )
            for level in KEPT_LEVELS
        }
        seals = await stack.enter_async_context(Rows.of(self._connection, "verify_seals"))
        line = SealLine(keys, self.verdict)
        while (row := await seals.take()) is not None:
            await self._seal(line, SealRow(*row))
        await self._unsealed()
        self.verdict.runs = self._chains.heads.runs
        await self._extra_nodes()

    async def ends(self) -> None:
        """Compare what was read with the heads of runs, the witness, the detached months and the guards."""
        seen = 0
        async with Rows.of(self._connection, "run_heads") as heads:
            while (row := await heads.take()) is not None:
                seen += self._chains.ends(*row)
        if seen < self._chains.heads.runs:
            sentence = f"{self._chains.heads.runs - seen} runs have events and no recorded head"
            self.verdict.add(Problem("chain_broken", sentence))
        self._chains.heads.close()
        self._months.check(self.verdict)
        if self.witness is not None:
            self.witness.judge(self.verdict, self._after.seq if self._after else 0)
        for guard in await missing_guards(self._connection):
            self.verdict.add(Problem("guard_missing", f"a guard is missing: {guard}"))

    async def _seal(self, line: SealLine, row: SealRow) -> None:
        seal = line.follow(row)
        signed = line.signed_root(row)
        alignment = Alignment(seal.first_index, self._after, seal.last_seq, self._months.absent)
        left, gaps, found_ended = max(seal.leaves, 0), [], False
        while left or not found_ended or alignment.sealed or alignment.found:
            found_ended = await self._fill(alignment, seal.last_seq)
            wanted = min(left, BLOCK - len(alignment.sealed))
            alignment.sealed += await self._leaves(wanted)
            left = 0 if self._nodes[0].ended else left - wanted
            for piece in alignment.step(found_ended=found_ended, sealed_ended=not left):
                if isinstance(piece, Gap):
                    gaps.append(piece)
                else:
                    self._of_events.extend(piece)
        following = await self._events.peek()
        if gaps and gaps[-1].before is None and following is not None:
            gaps[-1].before = _found(following)
        trees = Trees(self._of_events.root(), self._of_stored.root())
        match self._judge.judge(seal, signed, trees, gaps, goes_on=following is not None):
            case "events":
                self._of_stored = copy_of(self._of_events)
            case "stored":
                self._of_events = copy_of(self._of_stored)
            case "neither":
                pass
        self._after = alignment.after
        self.verdict.detached += alignment.detached
        self.verdict.sealed = max(seal.tree_size, self.verdict.sealed)
        self.verdict.root_sha256 = signed.hex()

    async def _fill(self, alignment: Alignment, last_seq: int) -> bool:
        """Read the next events of a seal; whether those were all."""
        while len(alignment.found) < BLOCK:
            row = await self._events.peek()
            if row is None or row[0] > last_seq:
                return True
            await self._events.take()
            alignment.found.append(self._checked(row))
        return False

    async def _leaves(self, count: int) -> list[bytes]:
        """The next stored leaves, having compared the nodes above them that they complete."""
        leaves = await self._nodes[0].take(count)
        tree = self._of_stored
        if self.witness is not None:
            self.witness.watch(tree, leaves)
        size = tree.size
        above = [level for level in KEPT_LEVELS if level]
        for level, hashes in tree.extend(leaves, keep=above).items():
            if await self._nodes[level].take(len(hashes)) != hashes:
                sentence = (
                    f"stored tree: a node of level {level} over leaves from {size >> level << level} "
                    "is not the one its leaves make"
                )
                self.verdict.add(Problem("tree_edited", sentence, size))
        return leaves

    async def _extra_nodes(self) -> None:
        for level, nodes in self._nodes.items():
            if await nodes.take(1) != [ABSENT]:
                sentence = f"stored tree: it has more nodes of level {level} than were sealed"
                self.verdict.add(Problem("tree_edited", sentence, self.verdict.sealed))

    async def _unsealed(self) -> None:
        while (row := await self._events.take()) is not None:
            self._checked(row)
            self.verdict.unsealed += 1
        self._told("events", self.verdict.events, max(self._total, self.verdict.events))

    def _checked(self, row: TupleRow) -> Found:
        """Check an event by itself and as the next of its run."""
        seq, _, place, chain, body, event_id, kind, _, run_id, *_ = row
        self.verdict.events += 1
        if self.verdict.events % _TOLD_EVERY == 0:
            self._told("events", self.verdict.events, self._total)
        fault, columns = fault_of_columns(body, row[_FIRST_COPIED:])
        if fault is not None:
            self.verdict.add(
                Problem("not_canonical", f"event {seq} ({event_id}): {fault}", None, seq, event_id)
            )
        if run_id is None and (place, chain) != (None, None):
            columns.append("run_seq")
        if columns:
            sentence = f"event {seq} ({event_id}): {', '.join(columns)} differ from its body"
            self.verdict.add(Problem("columns_differ", sentence, None, seq, event_id))
        if kind == "month.detached":
            self._months.hear(body)
        found = _found(row)
        if run_id is not None:
            self._chains.follow(run_id, place, found.body_sha256, chain, seq, event_id)
        return found

    async def _all(self, statement: LiteralString) -> list[dict[str, Any]]:
        cursor = await self._connection.execute(load("muster.ledger", statement))
        return await cursor.fetchall()


_FIRST_COPIED = 5
"""Where in a row of `verify_events` the columns begin that repeat the body."""


def _found(row: TupleRow) -> Found:
    seq, at, _, chain, body, event_id = row[:6]
    body_sha256 = sha256(body).digest()
    return Found(seq, event_id, at, body_sha256, chain, leaf_hash(seq, at, body_sha256, chain))
