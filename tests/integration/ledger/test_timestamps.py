"""Stamps of a real authority, on a real wire; and what happens when it is away."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate

from muster.ledger.home import LedgerHome
from muster.ledger.postgres import PostgresLedger
from muster.ledger.seal import seal_ledger
from muster.ledger.timestamps import TimestampError, stamp_seals, stamped_at
from muster.services.ports import free_port
from tests.integration.ledger.authority import Authority
from tests.integration.ledger.sealing import record


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


async def sealed(ledger: PostgresLedger, home: LedgerHome) -> int:
    """One more seal; gives its size."""
    await record(ledger, 1)
    [seal] = await seal_ledger(ledger, home)
    return seal.tree_size


async def test_a_checkpoint_is_stamped_and_openssl_agrees(
    ledger: PostgresLedger, ledger_home: LedgerHome, authority: Authority
) -> None:
    size = await sealed(ledger, ledger_home)
    with authority.serving() as url:
        done = await stamp_seals(ledger, url)
    assert (done.stamped, done.failure) == ([size], None)
    [row] = await ledger.fetch("SELECT tree_size, authority, token FROM ledger.timestamps")
    assert (row["tree_size"], row["authority"]) == (size, url)
    (authority.folder / "stamp.tsr").write_bytes(row["token"])
    (authority.folder / "checkpoint").write_bytes(ledger_home.witness.read_bytes())
    assert "Verification: OK" in authority.openssl("ts -verify -data checkpoint -in stamp.tsr -CAfile ca.pem")
    root = load_pem_x509_certificate((authority.folder / "ca.pem").read_bytes())
    at = stamped_at(row["token"], ledger_home.witness.read_bytes(), [root])
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)
    with pytest.raises(TimestampError, match="does not hold"):
        stamped_at(row["token"], b"another checkpoint", [root])


async def test_an_authority_whose_chain_is_out_of_order_is_asked_without_it(
    ledger: PostgresLedger, ledger_home: LedgerHome, tmp_path: Path
) -> None:
    # openssl writes the chain as it is configured: out of order for every second pair of certificates
    authority = Authority(tmp_path / "authority", sends_chain=True)
    size = await sealed(ledger, ledger_home)
    authority.replies.append(b"0\x00 not DER")
    with authority.serving() as url:
        done = await stamp_seals(ledger, url)
    assert (done.stamped, done.failure) == ([size], None)
    [row] = await ledger.fetch("SELECT token FROM ledger.timestamps")
    root, signer = (
        load_pem_x509_certificate((authority.folder / name).read_bytes()) for name in ("ca.pem", "tsa.pem")
    )
    stamped_at(row["token"], ledger_home.witness.read_bytes(), [root], signer)


async def test_a_dead_authority_does_not_stop_sealing_and_the_stamps_are_made_up_later(
    ledger: PostgresLedger, ledger_home: LedgerHome, authority: Authority
) -> None:
    port = free_port()
    with authority.serving(port) as url:
        first = await sealed(ledger, ledger_home)
        assert (await stamp_seals(ledger, url)).stamped == [first]
    missed = []
    for _ in range(2):
        missed.append(await sealed(ledger, ledger_home))
        done = await stamp_seals(ledger, url)
        assert done.stamped == []
        assert isinstance(done.failure, TimestampError)
    with authority.serving(port) as url:
        newest = await sealed(ledger, ledger_home)
        done = await stamp_seals(ledger, url)
        assert (done.stamped, done.failure) == ([newest, *reversed(missed)], None)
        assert (await stamp_seals(ledger, url)).stamped == []
    assert authority.asked == 4


async def test_seals_from_before_the_authority_was_set_are_not_stamped_one_by_one(
    ledger: PostgresLedger, ledger_home: LedgerHome, authority: Authority
) -> None:
    for _ in range(3):
        newest = await sealed(ledger, ledger_home)
    with authority.serving() as url:
        assert (await stamp_seals(ledger, url)).stamped == [newest]
        assert (await stamp_seals(ledger, url)).stamped == []


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        (b"<html>not found</html>", "no RFC 3161 answer"),
        (b"", "no RFC 3161 answer"),
        (b"x" * 100_000, "too many"),
        (bytes.fromhex("30053003020102"), "refusal: status 2"),
    ],
)
async def test_an_answer_that_is_no_stamp_is_not_kept(
    ledger: PostgresLedger, ledger_home: LedgerHome, authority: Authority, reply: bytes, named: str
) -> None:
    await sealed(ledger, ledger_home)
    authority.replies += [reply, reply]
    with authority.serving() as url:
        done = await stamp_seals(ledger, url)
    assert done.failure is not None
    assert named in done.failure.what
    assert await ledger.fetch("SELECT 1 FROM ledger.timestamps") == []


async def test_a_stamp_of_another_checkpoint_is_not_kept(
    ledger: PostgresLedger, ledger_home: LedgerHome, authority: Authority
) -> None:
    await sealed(ledger, ledger_home)
    with authority.serving() as url:
        await stamp_seals(ledger, url)
        [row] = await ledger.fetch("SELECT token FROM ledger.timestamps")
        await sealed(ledger, ledger_home)
        authority.replies.append(bytes(row["token"]))
        done = await stamp_seals(ledger, url)
    assert done.failure is not None
    assert "something else" in done.failure.what


async def test_an_address_that_is_none_is_named(ledger: PostgresLedger, ledger_home: LedgerHome) -> None:
    await sealed(ledger, ledger_home)
    done = await stamp_seals(ledger, "not an address")
    assert done.failure is not None
    assert done.failure.where == "not an address"
