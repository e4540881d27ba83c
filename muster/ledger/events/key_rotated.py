"""Seals are signed with a new key from here on."""

from typing import Literal

from muster.ledger.events.envelope import Event


class KeyRotated(Event):
    """Seals are signed with a new key from here on."""

    kind: Literal["key.rotated"] = "key.rotated"
    old_key_id: str
    """8 hexadecimal digits."""
    new_key_id: str
    """8 hexadecimal digits."""
    vkey: str
    """The new public key, as a signed-note verifier key."""
