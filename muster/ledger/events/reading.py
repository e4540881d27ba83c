"""Reads events back as they were recorded, by this version of muster or another."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from muster.ledger.events.closed_set import EVENT, AnyEvent


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event this version cannot read: of a kind it does not know, or in a shape its kind does not have.

    It stays in the record as it is and means nothing here; a version that knows it can still read it.
    """

    kind: str
    payload: Mapping[str, Any]
    """As it was recorded."""


def read_event(body: Mapping[str, Any]) -> AnyEvent | UnknownEvent:
    """The event in a recorded body; fields a newer version added to a known kind are kept in `model_extra`.

    Args:
        body: the parsed body, of which `kind` and `payload` are looked at.
    """
    kind, payload = body["kind"], body["payload"]
    try:
        return EVENT.validate_python({**payload, "kind": kind}, extra="allow")
    except ValidationError:
        return UnknownEvent(kind, payload)
