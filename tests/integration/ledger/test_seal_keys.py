"""The key is made once, pinned, and replaced only by one it endorses."""

import pytest

from muster.ledger.home import LedgerHome, LedgerKeyError, read_pinned, read_private
from muster.ledger.key_chain import KeyUntrustedError
from muster.ledger.keys import known_keys, rotate_key
from muster.ledger.notes import SigningKey
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.services.postgres import EmbeddedPostgres
from tests.integration.ledger.sealing import as_superuser, home_in, record

PERSON = "person:operator"


async def test_after_a_rotation_the_new_key_seals_and_the_old_seals_still_hold(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await record(ledger, 2)
    [first] = await seal_ledger(ledger, ledger_home)
    new = await rotate_key(ledger, ledger_home, PERSON)
    [second] = await seal_ledger(ledger, ledger_home)
    assert (first.key_id, second.key_id) == (read_pinned(ledger_home)[0].key_id, new.key_id)
    assert [key.key_id for key in await known_keys(ledger.fetch, ledger_home)] == [first.key_id, new.key_id]
    assert read_pinned(ledger_home)[1] == new
    assert not ledger_home.next_key_file.exists()
    [event] = await ledger.fetch("SELECT actor, body FROM ledger.events WHERE kind = 'key.rotated'")
    assert event["actor"] == PERSON
    assert new.vkey in event["body"]


async def test_a_key_may_be_rotated_many_times(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    for _ in range(3):
        await rotate_key(ledger, ledger_home, PERSON)
    assert await known_keys(ledger.fetch, ledger_home) == read_pinned(ledger_home)
    assert len(read_pinned(ledger_home)) == 4


async def test_a_rotation_cut_short_after_its_commit_is_finished(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await seal_ledger(ledger, ledger_home)
    old_key, old_pins = ledger_home.key_file.read_text(), ledger_home.pinned_keys.read_text()
    new = await rotate_key(ledger, ledger_home, PERSON)
    ledger_home.key_file.replace(ledger_home.next_key_file)
    ledger_home.key_file.write_text(old_key)
    ledger_home.key_file.chmod(0o600)
    ledger_home.pinned_keys.write_text(old_pins)
    [seal] = await seal_ledger(ledger, ledger_home)
    assert seal.key_id == new.key_id == read_private(ledger_home.key_file).verifier.key_id
    assert read_pinned(ledger_home)[1] == new


async def test_a_next_key_the_ledger_does_not_know_is_not_used(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await seal_ledger(ledger, ledger_home)
    ledger_home.next_key_file.write_text(SigningKey.generate(ledger_home.origin).skey)
    ledger_home.next_key_file.chmod(0o600)
    await record(ledger, 1)
    [seal] = await seal_ledger(ledger, ledger_home)
    assert seal.key_id == read_pinned(ledger_home)[0].key_id


async def test_a_lost_private_key_is_not_replaced_in_silence(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await seal_ledger(ledger, ledger_home)
    ledger_home.key_file.unlink()
    with pytest.raises(LedgerKeyError, match="missing"):
        await seal_ledger(ledger, ledger_home)
    ledger_home.key_file.write_text(SigningKey.generate(ledger_home.origin).skey)
    ledger_home.key_file.chmod(0o600)
    with pytest.raises(LedgerKeyError, match="is in use"):
        await seal_ledger(ledger, ledger_home)


async def test_a_damaged_private_key_is_named(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await seal_ledger(ledger, ledger_home)
    ledger_home.key_file.write_text("PRIVATE+KEY+nonsense")
    with pytest.raises(LedgerKeyError) as caught:
        await seal_ledger(ledger, ledger_home)
    assert caught.value.where == str(ledger_home.key_file)


async def test_a_key_put_into_the_database_by_somebody_else_is_not_trusted(
    ledger: PostgresLedger, ledger_home: LedgerHome, postgres: EmbeddedPostgres, database_url: str
) -> None:
    await seal_ledger(ledger, ledger_home)
    as_superuser(
        postgres,
        database_url,
        "UPDATE ledger.keys SET vkey = "
        "'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', key_id = 'c74f20a3'",
    )
    with pytest.raises(KeyUntrustedError, match="the pinned key is"):
        await seal_ledger(ledger, ledger_home)


async def test_a_ledger_keeps_its_name(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await seal_ledger(ledger, ledger_home)
    renamed = home_in(ledger_home.folder.parent, "other.example/ledger")
    with pytest.raises(LedgerKeyError, match="goes by the name of test"):
        await seal_ledger(ledger, renamed)


async def test_without_pinned_keys_nothing_is_believed(
    ledger: PostgresLedger, ledger_home: LedgerHome
) -> None:
    await seal_ledger(ledger, ledger_home)
    ledger_home.pinned_keys.unlink()
    with pytest.raises(LedgerKeyError, match="no public key is pinned"):
        await seal_ledger(ledger, ledger_home)
