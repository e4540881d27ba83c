"""A key is trusted when an unbroken line of endorsements leads to it from the pinned one."""

from datetime import UTC, datetime

import pytest

from muster.ledger.key_chain import KeyUntrustedError, RegisteredKey, endorse, trusted_keys
from muster.ledger.notes import SigningKey

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FIRST, SECOND, THIRD, FOREIGN = (SigningKey("example.com/log", bytes([number] * 32)) for number in range(4))


def listed(key: SigningKey, by: SigningKey | None, of: SigningKey | None = None) -> RegisteredKey:
    note = None if by is None else endorse(by, (of or key).verifier, NOW)
    return RegisteredKey(key.verifier, note, NOW)


def test_an_endorsement_names_ledger_key_and_time() -> None:
    lines = endorse(FIRST, SECOND.verifier, NOW).split("\n")
    assert lines[:2] == ["muster ledger next key v1", "example.com/log"]
    assert lines[2:5] == [SECOND.verifier.vkey, "time 2026-07-01T00:00:00Z", ""]


def test_keys_follow_one_another_in_whatever_order_they_are_listed() -> None:
    rows = [listed(THIRD, SECOND), listed(FIRST, None), listed(SECOND, FIRST)]
    assert trusted_keys(FIRST.verifier, rows) == [FIRST.verifier, SECOND.verifier, THIRD.verifier]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [listed(FOREIGN, None)],
        [listed(FIRST, None), listed(FOREIGN, None)],
        [listed(FIRST, None), listed(SECOND, FOREIGN)],
        [listed(FIRST, None), listed(SECOND, FIRST), listed(FOREIGN, FIRST)],
        [listed(FIRST, None), listed(SECOND, FIRST), listed(THIRD, FIRST)],
        [listed(FIRST, None), listed(FOREIGN, FIRST, of=SECOND)],
        [listed(FIRST, None), listed(SECOND, FOREIGN), listed(FOREIGN, SECOND)],
        [listed(FIRST, None), RegisteredKey(SECOND.verifier, "no note", NOW)],
        [listed(FIRST, None), RegisteredKey(SECOND.verifier, FIRST.sign("something else\n"), NOW)],
    ],
)
def test_a_key_that_does_not_follow_is_not_trusted(rows: list[RegisteredKey]) -> None:
    with pytest.raises(KeyUntrustedError):
        trusted_keys(FIRST.verifier, rows)


def test_a_forged_endorsement_is_not_believed() -> None:
    note = endorse(FIRST, SECOND.verifier, NOW)
    forged = note.replace(SECOND.verifier.vkey, FOREIGN.verifier.vkey)
    with pytest.raises(KeyUntrustedError, match="signature"):
        trusted_keys(FIRST.verifier, [listed(FIRST, None), RegisteredKey(FOREIGN.verifier, forged, NOW)])
