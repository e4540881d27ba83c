"""What to tell a customer about a parcel."""

from __future__ import annotations

from collections.abc import Mapping

_KNOWN = ("not_shipped", "in_transit", "delayed", "out_for_delivery", "delivered")


def shipment_letter(facts: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """The letter for a parcel's state and the values it needs, from the facts of a colleague."""
    status = str(facts.get("shipment_status", "in_transit"))
    expected = facts.get("shipment_expected_on") or facts.get("shipment_last_scan_on") or "-"
    if status == "delivered":
        expected = facts.get("shipment_last_scan_on") or expected
    values = {
        "order": facts.get("order_number", ""),
        "carrier": facts.get("shipment_carrier", "-"),
        "tracking": facts.get("shipment_tracking_number", "-"),
        "place": facts.get("shipment_last_scan_place", "-"),
        "expected": expected,
    }
    return f"tracking_{status if status in _KNOWN else 'in_transit'}", values
