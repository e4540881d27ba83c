"""The bank statement, reminders, letters about new accounts, and advertising to the finance desk."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from muster.demo.generate.banking import new_iban, spaced
from muster.demo.generate.bill import written_amount
from muster.demo.generate.camt import Entry, as_camt053
from muster.demo.generate.dice import Dice
from muster.demo.generate.finance import FOLDER, INVOICES
from muster.demo.generate.message import Drop, Expect, Mail, Pattern, Truth, answer_to, effect
from muster.demo.generate.vendors_master import Vendor, known_invoice, new_vendor
from muster.demo.generate.words import words
from muster.demo.generate.world import World


def bank_statement(world: World, dice: Dice, case: str) -> Iterator[Drop]:
    """A CAMT.053 statement whose transactions are matched with the open invoices."""
    entries = [*_named(world, dice), *_unnamed(world, dice), *_unmatched(dice)]
    booked = [
        entry.numbered(f"BT-{world.number('transaction', room=1000)}", world.days_ago(dice.whole(0, 1)))
        for entry in entries
    ]
    for entry in booked:
        world.add(
            "bank_transactions", transaction_id=entry.transaction_id, booked_on=entry.booked_on,
            amount=entry.amount,
            currency="EUR", counterparty=entry.counterparty, counterparty_iban=entry.iban,
            reference=entry.reference, matched_invoice_number=None,
        )  # fmt: skip
    effects = tuple(_match(entry.transaction_id, entry.pays) for entry in booked if entry.pays)
    wrong = tuple(_match(entry.transaction_id, {"not": entry.pays}) for entry in booked)
    yield Drop(
        FOLDER, f"camt053_{world.today:%Y%m%d}.xml", as_camt053(world.today, booked),
        Truth("finance", case, "completed", effects, wrong, "match what fits, leave the rest unmatched"),
    )  # fmt: skip


def _match(transaction_id: str, invoice_number: str | dict[str, str | None] | None) -> Pattern:
    return effect("erp.match_bank_transaction", transaction_id=transaction_id, invoice_number=invoice_number)


def _open(world: World, dice: Dice, vendor: Vendor, number: str, amount: Decimal | None = None) -> Decimal:
    owed = amount or Decimal(dice.whole(9000, 480000)) / 100
    known_invoice(world, vendor, number, owed, po_number=None, due_on=world.days_ago(1))
    return owed


def _named(world: World, dice: Dice) -> Iterator[Entry]:
    """Paid with the invoice number in the reference; the last one with another amount."""
    for position in range(5):
        vendor = new_vendor(world, dice)
        number = f"{vendor.name[:2].upper()}-{world.today.year}-{dice.digits(4)}"
        owed = _open(world, dice, vendor, number)
        reference = dice.pick(["{}", "Invoice {}", "RE {} vielen Dank", "Facture no {}"]).format(number)
        if position < 4:
            yield Entry(-owed, vendor.name, vendor.iban, reference, number)
        else:
            yield Entry(-(owed + Decimal("100.00")), vendor.name, vendor.iban, reference, None)


def _unnamed(world: World, dice: Dice) -> Iterator[Entry]:
    """No number in the reference: two that only one invoice fits, one that two fit."""
    for position in range(3):
        vendor = new_vendor(world, dice)
        number = f"{dice.digits(6)}/{world.today:%y}"
        owed = _open(world, dice, vendor, number)
        if position == 2:
            _open(world, dice, vendor, f"{dice.digits(6)}/{world.today:%y}", owed)
        yield Entry(-owed, vendor.name, vendor.iban, "monthly account", None if position == 2 else number)


def _unmatched(dice: Dice) -> Iterator[Entry]:
    yield Entry(
        Decimal(dice.whole(400000, 990000)) / 100, "Card Services", None, "card settlement week 46", None
    )
    yield Entry(Decimal("-14.90"), "Hausbank", None, "account fee November", None)


def reminder_known(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A reminder for an invoice that is scheduled or paid: answer when."""
    vendor = new_vendor(world, dice, ("en", "de"))
    amount, number = Decimal(dice.whole(9000, 90000)) / 100, f"R-{dice.digits(6)}"
    known_invoice(
        world, vendor, number, amount, po_number=None, due_on=world.today + timedelta(days=dice.whole(-3, 9)),
        status=dice.pick(["scheduled", "paid"]),
    )  # fmt: skip
    yield _reminder(dice, case, vendor, number, amount, "completed", "answer with the payment date")


def reminder_unknown(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A reminder for an invoice we never had."""
    vendor = new_vendor(world, dice, ("en", "de"))
    amount, number = Decimal(dice.whole(9000, 90000)) / 100, f"R-{dice.digits(6)}"
    yield _reminder(dice, case, vendor, number, amount, "escalated", "we do not have this invoice")


def _reminder(
    dice: Dice,
    case: str,
    vendor: Vendor,
    number: str,
    amount: Decimal,
    expect: Expect,
    note: str,
) -> Mail:
    body = dice.pick(words("finance")["reminder"][vendor.language])
    text = body.format(number=number, amount=written_amount(amount, vendor.language))
    effects = (answer_to(vendor.email),) if expect == "completed" else ()
    never = (
        effect("erp.schedule_payment", invoice_number=number),
        effect("erp.record_invoice", invoice_number=number),
    )  # fmt: skip
    subject = {"en": "Reminder", "de": "Zahlungserinnerung"}[vendor.language]
    return _to_finance(
        dice, vendor, f"{subject} {number}", text, Truth("finance", case, expect, effects, never, note)
    )


def new_account(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """A letter that says a vendor has a new account, from an address like the vendor's."""
    vendor = new_vendor(world, dice, ("en", "de"))
    text = words("finance")["new_bank_letter"][vendor.language].format(iban=spaced(new_iban(dice, "ES")))
    sender = f"billing@{vendor.domain.replace('.example', '-accounts.example')}"
    truth = Truth(
        "finance", case, "escalated", (),
        (effect("erp.schedule_payment", vendor_id=vendor.vendor_id), answer_to(sender)),
        "new bank details are for a person",
    )  # fmt: skip
    yield _to_finance(dice, vendor, "New bank details", text, truth, sender=sender)


def advertising(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Advertising that reached the invoice mailbox."""
    texts = words("finance")["advert"]
    sender = f"offers@{dice.pick(['paperworld', 'finance-days', 'officeplus'])}.example"
    yield Mail(
        "Special offers", sender, INVOICES, "This week only",
        texts[world.nth("advert", room=20) % len(texts)],
        Truth("finance", case, "completed", (), (answer_to(sender),), "advertising: nothing to do"),
        dice.share(),
        form="html", headers={"List-Unsubscribe": "<https://paperworld.example/u>"},
    )  # fmt: skip


def _to_finance(
    dice: Dice, vendor: Vendor, subject: str, text: str, truth: Truth, *, sender: str | None = None
) -> Mail:
    style = words("style")
    greeting = dice.pick(style["greeting"]["formal"][vendor.language])
    closing = dice.pick(style["closing"]["formal"][vendor.language])
    return Mail(
        vendor.name, sender or vendor.email, INVOICES, subject,
        f"{greeting}\n\n{text}\n\n{closing}\n{vendor.name}\n{vendor.vat_id}", truth, dice.share(),
    )  # fmt: skip
