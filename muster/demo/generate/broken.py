"""What cannot be read, goes nowhere, or arrives twice."""

import io
import zipfile
from collections.abc import Iterator

from muster.demo.generate.bill import new_bill
from muster.demo.generate.customers import new_customer
from muster.demo.generate.dice import Dice
from muster.demo.generate.finance import FOLDER
from muster.demo.generate.message import Drop, Expect, Mail, Truth
from muster.demo.generate.paper import as_pdf
from muster.demo.generate.support import SUPPORT
from muster.demo.generate.vendors_master import new_vendor
from muster.demo.generate.world import World

PRESS = "press@brightloom.example"
_QUARANTINED: Expect = "quarantined"


def mail_without_sender(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """No From header: nobody could be answered."""
    customer = new_customer(world, dice, ("en",))
    truth = Truth("support", case, _QUARANTINED, note="no From header")
    yield Mail(
        customer.name, customer.email, SUPPORT, "my order", "Where is my order? It should be here by now.",
        truth,
        dice.share(), form="no_sender",
    )  # fmt: skip


def mail_without_boundary(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """Says it has parts and does not say how they are divided."""
    customer = new_customer(world, dice, ("de",))
    truth = Truth("support", case, _QUARANTINED, note="multipart without boundary")
    yield Mail(
        customer.name, customer.email, SUPPORT, "Rückfrage", "Guten Tag,\n\nich habe eine Rückfrage.", truth,
        dice.share(), form="no_boundary",
    )  # fmt: skip


def mail_to_nobody(world: World, dice: Dice, case: str) -> Iterator[Mail]:
    """An address of the company that no team takes."""
    sender = f"{dice.pick(['redaktion', 'desk'])}@wohnmagazin.example"
    truth = Truth("none", case, _QUARANTINED, note=f"no team takes {PRESS}")
    text = f"We show autumn collections in issue {world.today:%m/%Y}. Could you send us pictures of yours?"
    yield Mail("Wohnmagazin", sender, PRESS, "Pictures for our magazine", text, truth, dice.share())


def pdf_cut_short(world: World, dice: Dice, case: str) -> Iterator[Drop]:
    """The upload broke off in the middle of the file."""
    whole = as_pdf(new_bill(dice, new_vendor(world, dice), world.today, 100, 800), 0)
    truth = Truth("finance", case, _QUARANTINED, note="truncated PDF")
    yield Drop(FOLDER, f"upload_{dice.digits(6)}.pdf", whole[: len(whole) // 3], truth)


def not_a_pdf(world: World, dice: Dice, case: str) -> Iterator[Drop]:
    """An archive that calls itself a PDF."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("invoice.txt", date_time=(world.today.year, 11, 1, 0, 0, 0))
        archive.writestr(entry, f"Invoice {dice.digits(8)}, see our web page.\n")
    truth = Truth("finance", case, _QUARANTINED, note="a ZIP archive named .pdf")
    yield Drop(FOLDER, f"invoice_{dice.digits(5)}.pdf", packed.getvalue(), truth)
