"""Proofs from a real ledger, checked with nothing but the public key."""

import pytest

from muster.ledger.home import LedgerHome, read_pinned
from muster.ledger.keys import known_keys, rotate_key
from muster.ledger.notes import open_checkpoint
from muster.ledger.postgres import PostgresLedger
from muster.ledger.proof_text import ConsistencyProof, InclusionProof
from muster.ledger.proofs import (
    EventChangedError,
    NotSealedYetError,
    ProofWrongError,
    UnknownEventError,
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_event,
    prove_growth,
)
from muster.ledger.seal import seal_ledger
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.sealing import as_superuser, record, record_many


async def test_every_sealed_event_can_be_proved(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    ids = await record(ledger, 11)
    await seal_ledger(ledger, ledger_home, most_events=4)
    keys = read_pinned(ledger_home)
    for index, event_id in enumerate(ids):
        text = (await prove_event(ledger.fetch, event_id, keys)).text
        proved = check_inclusion(InclusionProof.parse(text), keys)
        assert (proved.index, proved.checkpoint.size) == (index, 11)
        assert event_id in proved.body


async def test_a_proof_in_a_larger_tree_holds_after_a_change_of_key(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    record_many(postgres, database_url, 5000)
    await seal_ledger(ledger, ledger_home, most_events=777)
    new = await rotate_key(ledger, ledger_home, "person:operator")
    await seal_ledger(ledger, ledger_home)
    keys = await known_keys(ledger.fetch, ledger_home)
    for event_id in ("evt_1", "evt_256", "evt_2499", "evt_5000"):
        proof = await prove_event(ledger.fetch, event_id, keys)
        assert check_inclusion(proof, keys).key_id == new.key_id
        assert len(proof.hashes) <= 13


async def test_what_is_not_sealed_or_not_there_has_no_proof(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 1)
    await seal_ledger(ledger, ledger_home)
    [late] = await record(ledger, 1)
    with pytest.raises(NotSealedYetError, match="not sealed yet"):
        await prove_event(ledger.fetch, late, read_pinned(ledger_home))
    with pytest.raises(UnknownEventError):
        await prove_event(ledger.fetch, "evt_nowhere", read_pinned(ledger_home))


async def test_an_event_changed_after_its_seal_is_not_proved(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    ids = await record(ledger, 3)
    await seal_ledger(ledger, ledger_home)
    as_superuser(postgres, database_url, "UPDATE ledger.events SET body = body || ' ' WHERE seq = 2")
    with pytest.raises(EventChangedError, match="seq 2"):
        await prove_event(ledger.fetch, ids[1], read_pinned(ledger_home))


async def test_any_two_seals_are_shown_to_be_one_history(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 11)
    seals = await seal_ledger(ledger, ledger_home, most_events=3)
    keys = read_pinned(ledger_home)
    for older in seals:
        for newer in seals[seals.index(older) :]:
            old, proof = await prove_consistency(ledger.fetch, older.tree_size, newer.tree_size, keys)
            assert old == open_checkpoint(older.checkpoint, keys)
            assert check_consistency(ConsistencyProof.parse(proof.text), old, keys).size == newer.tree_size


async def test_a_rewritten_history_is_found_by_whoever_kept_a_checkpoint(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await record(ledger, 5)
    await seal_ledger(ledger, ledger_home)
    keys = read_pinned(ledger_home)
    kept = open_checkpoint(ledger_home.witness.read_text(), keys)
    # the attacker has database, home and private key, and seals a history of his own
    as_superuser(
        postgres,
        database_url,
        "DELETE FROM ledger.seals",
        "DELETE FROM ledger.tree",
        "DELETE FROM ledger.keys",
        "UPDATE ledger.events SET body = '{}' WHERE seq = 2",
    )
    ledger_home.witness.unlink()
    await record(ledger, 3)
    await seal_ledger(ledger, ledger_home)
    with pytest.raises(ProofWrongError, match="rewritten"):
        check_consistency(await prove_growth(ledger.fetch, 5, 8), kept, keys)


async def test_a_size_without_seal_is_answered_with_the_nearest_ones(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 6)
    await seal_ledger(ledger, ledger_home, most_events=3)
    with pytest.raises(NotSealedYetError) as caught:
        await prove_consistency(ledger.fetch, 4, 6, read_pinned(ledger_home))
    assert caught.value.do == "give a size at which one was: 3, 6"
