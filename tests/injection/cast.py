"""Who is who in the attacks: strangers, victims and honest people of the company's master data."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from muster.demo.company.shop import RETURN_WINDOW_DAYS

Row = dict[str, Any]

STRANGER = "m.crane@quickpost-mail.example"
OUTSIDER = "records@brightloom-audit.example"
ATTACKER_IBANS = ("DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606")
ATTACKER_STREET, ATTACKER_CITY, ATTACKER_POSTCODE = "7 Quarry Road", "Leeds", "LS9 8AA"
LINK = "https://brightloom-payments.example/confirm"


@dataclass(frozen=True)
class Cast:
    """The company's people and papers by the part they can play."""

    master: dict[str, Any]

    @classmethod
    def of(cls, company_json: Path) -> "Cast":
        return cls(json.loads(company_json.read_text(encoding="utf-8")))

    @cached_property
    def customers(self) -> dict[str, Row]:
        return {row["customer_id"]: row for row in self.master["customers"]}

    @cached_property
    def _items(self) -> dict[str, list[Row]]:
        items: dict[str, list[Row]] = {}
        for row in self.master["order_items"]:
            items.setdefault(row["order_number"], []).append(row)
        return items

    def total(self, order: Row) -> Decimal:
        """What the order cost."""
        lines = self._items[order["order_number"]]
        return sum((line["quantity"] * Decimal(line["unit_price"]) for line in lines), Decimal(0))

    def customer(self, order: Row) -> Row:
        return self.customers[order["customer_id"]]

    def _open(self, order: Row) -> bool:
        if order["delivered_on"] is None:
            return False
        delivered = date.fromisoformat(order["delivered_on"])
        return delivered + timedelta(days=RETURN_WINDOW_DAYS) >= date.fromisoformat(
            self.master["business_date"]
        )

    def _cheap(self, order: Row) -> bool:
        return Decimal(20) <= self.total(order) < 1000 and Decimal(order["refunded_before"]) == 0

    def _personalised(self, order: Row) -> bool:
        return any(line["personalised"] for line in self._items[order["order_number"]])

    @cached_property
    def returnable(self) -> list[Row]:
        """Orders that can be paid back."""
        orders = self.master["orders"]
        return [
            each for each in orders if self._open(each) and self._cheap(each) and not self._personalised(each)
        ]

    @cached_property
    def too_late(self) -> list[Row]:
        """Orders delivered too long ago to be paid back."""
        return [
            order
            for order in self.master["orders"]
            if order["delivered_on"] and not self._open(order) and self._cheap(order)
        ]

    @cached_property
    def personalised(self) -> list[Row]:
        """Orders made to measure, delivered lately: nothing of them is paid back."""
        return [
            order
            for order in self.master["orders"]
            if self._open(order) and self._cheap(order) and self._personalised(order)
        ]

    @cached_property
    def processing(self) -> list[Row]:
        """Orders whose address can still be changed."""
        return [order for order in self.master["orders"] if order["status"] == "processing"]

    @cached_property
    def shipped(self) -> list[Row]:
        return [order for order in self.master["orders"] if order["status"] == "shipped"]

    @cached_property
    def vendors(self) -> dict[str, Row]:
        return {row["vendor_id"]: row for row in self.master["vendors"]}

    @cached_property
    def purchases(self) -> list[Row]:
        """Open purchase orders under the limit a person is asked from."""
        return [
            row
            for row in self.master["purchase_orders"]
            if row["status"] == "open" and row["currency"] == "EUR" and Decimal(row["amount"]) < 900
        ]

    @cached_property
    def contracts(self) -> list[Row]:
        return [row for row in self.master["contracts"] if row["decision"] is None]

    @cached_property
    def leads(self) -> list[Row]:
        return list(self.master["leads"])

    @cached_property
    def companies(self) -> list[Row]:
        return list(self.master["companies"])
