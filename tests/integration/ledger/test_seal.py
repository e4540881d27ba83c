"""Sealing: everything recorded so far, once, in order, and not on top of a history that was changed."""

import asyncio
import stat
from itertools import pairwise
from typing import LiteralString

import psycopg
import pytest

from muster.ledger.events import AgentPaused, EventContext
from muster.ledger.head import last_seal, opened_seal
from muster.ledger.home import LedgerHome, LedgerKeyError, read_pinned, read_private, read_witness
from muster.ledger.keys import known_keys
from muster.ledger.leaf import leaf_hash, microseconds
from muster.ledger.merkle import EMPTY_ROOT, Node, root_of
from muster.ledger.notes import Checkpoint, open_checkpoint
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.ledger.seal_errors import (
    DatabaseBehindError,
    DatabaseForkedError,
    SealDamagedError,
    SealerBusyError,
    TransactionHangsError,
    WitnessError,
)
from muster.ledger.sql import load
from muster.ledger.tree import TreeDamagedError, read_nodes
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.sealing import WHERE, as_superuser, record, record_many


async def leaves(ledger: PostgresLedger) -> list[bytes]:
    """The leaves as they follow from the rows, made without any of the sealer's SQL."""
    rows = await ledger.fetch(
        "SELECT seq, recorded_at, sha256(convert_to(body, 'UTF8')) AS body_sha256, chain_sha256 "
        "FROM ledger.events ORDER BY seq"
    )
    return [
        leaf_hash(row["seq"], microseconds(row["recorded_at"]), row["body_sha256"], row["chain_sha256"])
        for row in rows
    ]


async def test_the_first_seal_makes_a_key_and_covers_everything(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 3)
    await ledger.append(AgentPaused(who="x", reason="in no run"), EventContext(actor="service:test"))
    [seal] = await seal_ledger(ledger, ledger_home)
    [key] = read_pinned(ledger_home)
    assert (seal.tree_size, seal.first_index, seal.events, seal.key_id) == (4, 0, 4, key.key_id)
    assert seal.root_sha256 == root_of(await leaves(ledger))
    assert stat.S_IMODE(ledger_home.key_file.stat().st_mode) == 0o600
    checkpoint = open_checkpoint(ledger_home.witness.read_text(), [key])
    assert (checkpoint.origin, checkpoint.size) == ("test.example/ledger", 4)
    assert checkpoint.root == seal.root_sha256


async def test_nothing_is_sealed_when_nothing_is_new(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    assert await seal_ledger(ledger, ledger_home) == []
    assert read_witness(ledger_home, read_pinned(ledger_home)).root == EMPTY_ROOT
    await record(ledger, 2)
    assert len(await seal_ledger(ledger, ledger_home)) == 1
    assert await seal_ledger(ledger, ledger_home) == []


async def test_seals_follow_one_another_without_gap(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    record_many(postgres, database_url, 700)
    seals = await seal_ledger(ledger, ledger_home, most_events=300)
    await record(ledger, 1)
    seals += await seal_ledger(ledger, ledger_home, most_events=300)
    assert [seal.tree_size for seal in seals] == [300, 600, 700, 701]
    assert [seal.first_index for seal in seals] == [0, 300, 600, 700]
    assert all(one.last_seq < following.first_seq for one, following in pairwise(seals))
    row = await leaves(ledger)
    assert [seal.root_sha256 for seal in seals] == [root_of(row[: seal.tree_size]) for seal in seals]


async def test_the_tree_gives_nodes_of_every_level(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    record_many(postgres, database_url, 1100)
    await seal_ledger(ledger, ledger_home, most_events=130)
    row = await leaves(ledger)
    nodes = [Node(0, 1099), Node(0, 128), Node(3, 16), Node(7, 7), Node(8, 3), Node(9, 1), Node(10, 0)]
    read = await read_nodes(ledger.fetch, nodes)
    for node in nodes:
        width = 1 << node.level
        assert read[node] == root_of(row[node.number * width : (node.number + 1) * width])
    with pytest.raises(TreeDamagedError):
        await read_nodes(ledger.fetch, [Node(10, 1)])


async def test_an_event_that_is_not_committed_holds_sealing_up_but_no_writer(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    async with ledger.transaction() as slow:
        await slow.append(AgentPaused(who="x", reason="slow"), EventContext(actor="service:slow"))
        await record(ledger, 1)
        with pytest.raises(TransactionHangsError):
            await seal_ledger(ledger, ledger_home, patience_seconds=0.05)
        waiting = asyncio.create_task(seal_ledger(ledger, ledger_home, patience_seconds=10))
        await asyncio.sleep(0.05)
        assert not waiting.done()
    [seal] = await waiting
    assert seal.tree_size == 2


async def test_places_given_away_and_never_filled_are_passed_over(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 1)
    async with ledger.transaction() as lost:
        await lost.append(AgentPaused(who="x", reason="lost"), WHERE)
        raise psycopg.Rollback
    await record(ledger, 1)
    [seal] = await seal_ledger(ledger, ledger_home)
    assert (seal.events, seal.last_seq - seal.first_seq) == (2, 2)


async def test_what_many_writers_record_while_sealing_goes_on_is_sealed_whole_and_in_order(
    ledger: PostgresLedger, ledger_home: LedgerHome, database_url: str
) -> None:
    async def write(number: int) -> None:
        for place in range(20):
            where = EventContext(actor="service:test", run_id=f"run_{number}")
            async with busy.transaction() as transaction:
                await transaction.append(AgentPaused(who="x", reason="busy"), where)
                if place % 5 == 4:
                    raise psycopg.Rollback

    busy = await PostgresLedger.open(database_url, pool_size=6)
    writing = [asyncio.create_task(write(number)) for number in range(6)]
    seals = []
    while not all(one.done() for one in writing):
        seals += await seal_ledger(ledger, ledger_home)
    await asyncio.gather(*writing)
    await busy.close()
    seals += await seal_ledger(ledger, ledger_home)
    row = await leaves(ledger)
    assert len(seals) > 1
    assert seals[-1].tree_size == len(row) == 6 * 16
    assert [seal.root_sha256 for seal in seals] == [root_of(row[: seal.tree_size]) for seal in seals]


HOT: dict[str, dict[str, object]] = {
    "entries": {"after": 19_900, "up_to": 20_000, "most": 100_000},
    "event_to_prove": {"event_id": "evt_777"},
    "tree_spans": {"levels": [0, 8], "firsts": [19_968, 70], "ends": [20_000, 78]},
    "last_seal": {},
    "seal_at": {"tree_size": 1000},
}


async def test_no_hot_query_reads_a_large_table_through(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    record_many(postgres, database_url, 20_000)
    await seal_ledger(ledger, ledger_home, most_events=1000)
    with psycopg.connect(postgres.superuser_url(database_url.rpartition("/")[2])) as connection:
        connection.execute("ANALYZE ledger.events, ledger.tree, ledger.seals")
        connection.execute("SET enable_seqscan = off")  # the few rows of a test would be read through else
        for name, parameters in HOT.items():
            plan = connection.execute("EXPLAIN " + load("muster.ledger", name), parameters).fetchall()
            assert not [line for (line,) in plan if "Seq Scan" in line], (name, plan)


async def test_two_sealers_do_not_seal_at_once(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await record(ledger, 1)
    async with ledger.transaction() as other:
        await other.connection.execute("SELECT pg_advisory_xact_lock(7234502)")
        with pytest.raises(SealerBusyError):
            await seal_ledger(ledger, ledger_home)
    assert len(await seal_ledger(ledger, ledger_home)) == 1


async def test_a_sealer_that_died_before_it_told_the_witness_is_followed(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 5)
    await seal_ledger(ledger, ledger_home)
    before = ledger_home.witness.read_text()
    await record(ledger, 5)
    [seal] = await seal_ledger(ledger, ledger_home)
    ledger_home.witness.write_text(before)
    assert await seal_ledger(ledger, ledger_home) == []
    assert ledger_home.witness.read_text() == seal.checkpoint


ROLL_BACK: tuple[LiteralString, ...] = (
    "DELETE FROM ledger.seals WHERE tree_size = 9",
    "DELETE FROM ledger.tree WHERE first_node > 3",
    "DELETE FROM ledger.events WHERE seq > 4",
)


async def test_a_database_that_was_rolled_back_is_not_sealed(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await record(ledger, 4)
    await seal_ledger(ledger, ledger_home)
    await record(ledger, 5)
    await seal_ledger(ledger, ledger_home)
    as_superuser(postgres, database_url, *ROLL_BACK)
    with pytest.raises(DatabaseBehindError) as caught:
        await seal_ledger(ledger, ledger_home)
    assert (caught.value.sealed, caught.value.found) == (9, 4)


async def test_an_empty_database_in_place_of_the_sealed_one_is_not_sealed(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await record(ledger, 2)
    await seal_ledger(ledger, ledger_home)
    as_superuser(
        postgres,
        database_url,
        "DELETE FROM ledger.seals",
        "DELETE FROM ledger.tree",
        "DELETE FROM ledger.keys",
    )
    with pytest.raises(DatabaseBehindError):
        await seal_ledger(ledger, ledger_home)
    assert await ledger.fetch("SELECT 1 FROM ledger.keys") == []


DAMAGE: dict[str, tuple[LiteralString, type[Exception]]] = {
    "the root of the newest seal": (
        "UPDATE ledger.seals SET root_sha256 = sha256('x') WHERE tree_size = 4",
        SealDamagedError,
    ),
    "the checkpoint of the newest seal": (
        "UPDATE ledger.seals SET checkpoint = replace(checkpoint, E'\\n4\\n', E'\\n5\\n')",
        SealDamagedError,
    ),
    "a leaf": (
        "UPDATE ledger.tree SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40)) WHERE level = 0",
        TreeDamagedError,
    ),
    "a missing leaf": (
        "UPDATE ledger.tree SET hashes = substring(hashes FOR 96) WHERE level = 0",
        TreeDamagedError,
    ),
    "a chain of a wrong length": (
        "UPDATE ledger.events SET chain_sha256 = 'x' WHERE seq = 5",
        SealDamagedError,
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_nothing_is_sealed_on_top_of_damage(
    ledger: PostgresLedger,
    ledger_home: LedgerHome,
    postgres: EmbeddedPostgres,
    database_url: str,
    damage: str,
) -> None:
    statement, expected = DAMAGE[damage]
    await record(ledger, 4)
    await seal_ledger(ledger, ledger_home)
    await record(ledger, 1)
    as_superuser(postgres, database_url, statement)
    with pytest.raises(expected):
        await seal_ledger(ledger, ledger_home)


REWRITE: tuple[LiteralString, ...] = (
    "DELETE FROM ledger.seals",
    "DELETE FROM ledger.tree",
    "DELETE FROM ledger.keys",
    "UPDATE ledger.events SET body = '{}' WHERE seq = 2",
)


def write_witness_of_nothing(home: LedgerHome) -> None:
    """Make the home forget what was sealed, with the private key."""
    key = read_private(home.key_file)
    home.witness.write_text(key.sign(Checkpoint(home.origin, 0, EMPTY_ROOT).text))


async def test_another_history_sealed_with_the_same_key_is_not_gone_on_with(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await record(ledger, 4)
    await seal_ledger(ledger, ledger_home)
    genuine = ledger_home.witness.read_text()
    as_superuser(postgres, database_url, *REWRITE)
    ledger_home.witness.unlink()
    # whoever holds the private key can seal a history of his own, as long as nobody kept a checkpoint
    await seal_ledger(ledger, ledger_home)
    for more in (0, 1):
        await record(ledger, more)
        ledger_home.witness.unlink()
        write_witness_of_nothing(ledger_home)
        await seal_ledger(ledger, ledger_home)
        ledger_home.witness.write_text(genuine)
        with pytest.raises(DatabaseForkedError):
            await seal_ledger(ledger, ledger_home)


async def test_without_its_witness_nothing_is_sealed(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await record(ledger, 1)
    await seal_ledger(ledger, ledger_home)
    genuine = ledger_home.witness.read_text()
    ledger_home.witness.unlink()
    with pytest.raises(WitnessError, match="missing"):
        await seal_ledger(ledger, ledger_home)
    ledger_home.witness.write_text(genuine.replace("\n1\n", "\n0\n"))
    with pytest.raises(WitnessError, match="cannot be trusted"):
        await seal_ledger(ledger, ledger_home)


async def test_a_key_others_can_read_is_not_used(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await record(ledger, 1)
    await seal_ledger(ledger, ledger_home)
    ledger_home.key_file.chmod(0o640)
    with pytest.raises(LedgerKeyError, match="open to other users"):
        await seal_ledger(ledger, ledger_home)


async def test_a_seal_cannot_be_changed_by_who_writes_it(
    ledger: PostgresLedger, ledger_home: LedgerHome, database_url: str
) -> None:
    await record(ledger, 1)
    await seal_ledger(ledger, ledger_home)
    for table in ("seals", "tree", "keys"):
        with (
            psycopg.connect(database_url, options="-c role=muster_writer") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(psycopg.sql.SQL("DELETE FROM ledger.{}").format(psycopg.sql.Identifier(table)))
    seal = await last_seal(ledger.fetch)
    assert seal is not None
    assert opened_seal(seal, await known_keys(ledger.fetch, ledger_home)).size == 1
