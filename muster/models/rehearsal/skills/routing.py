"""Which colleague a customer's wish is for, in words their descriptions use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from muster.models.rehearsal.reading.wishes import Wish

WANTED: Mapping[Wish, Sequence[str]] = {
    "refund": ("refund", "return", "pays", "back"),
    "return_question": ("refund", "return", "policy"),
    "tracking": ("track", "parcel", "arrive", "where"),
    "address": ("address", "change", "delivery"),
    "complaint": ("complaint", "damaged", "wrong", "missing"),
}
WORDS: Mapping[Wish, str] = {
    "refund": "The customer wants to return goods or have money back. Check and decide.",
    "return_question": "The customer asks about the return rules. Answer.",
    "tracking": "The customer asks where the order is. Find out.",
    "address": "The customer wants another delivery address. Check and change it.",
    "complaint": "The customer complains. Record it and answer.",
}
