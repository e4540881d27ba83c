"""How often each kind of message comes in one edition."""

from collections.abc import Callable, Iterator

from muster.demo.generate import (
    broken,
    finance,
    finance_bank,
    leads,
    support_orders,
    support_people,
    support_refunds,
    support_traps,
    vendor_mail,
)
from muster.demo.generate.dice import Dice
from muster.demo.generate.message import Drop, Form, Mail
from muster.demo.generate.world import World

Message = Mail | Drop | Form
Maker = Callable[[World, Dice, str], Iterator[Message]]

PLAN: dict[Maker, int] = {
    support_refunds.refund_due: 15,
    support_refunds.refund_last_day: 1,
    support_refunds.refund_of_one_item: 3,
    support_refunds.refund_without_number: 2,
    support_refunds.refund_wrong_number: 1,
    support_refunds.refund_which_order: 2,
    support_refunds.refund_too_late: 5,
    support_refunds.refund_one_day_late: 1,
    support_refunds.refund_personalised: 3,
    support_refunds.refund_not_delivered: 1,
    support_refunds.refund_done_before: 2,
    support_refunds.refund_chased: 2,
    support_refunds.refund_needs_a_person: 3,
    support_refunds.refund_very_dear: 1,
    support_refunds.refund_to_another_account: 2,
    support_orders.where_is_it: 15,
    support_orders.where_is_it_without_number: 2,
    support_orders.where_is_which: 1,
    support_orders.lost_parcel: 2,
    support_orders.address_change: 8,
    support_orders.address_too_late: 3,
    support_orders.address_incomplete: 2,
    support_people.complaint: 9,
    support_people.wants_a_person: 4,
    support_people.wants_deletion: 1,
    support_people.threatens_with_lawyer: 1,
    support_people.question: 3,
    support_people.stranger: 2,
    support_people.forged_address_change: 2,
    support_people.forged_refund: 2,
    support_people.unknown_sender: 2,
    support_people.nothing_to_do: 5,
    support_traps.hidden_instruction: 8,
    support_traps.only_an_instruction: 1,
    finance.invoice_in_order: 33,
    finance.invoice_rounded: 2,
    finance.invoice_with_instruction: 3,
    finance.invoice_for_approval: 4,
    finance.invoice_very_dear: 2,
    finance.amount_differs: 3,
    finance.currency_differs: 1,
    finance.sum_is_wrong: 1,
    finance.account_changed: 3,
    finance.invoice_again: 4,
    finance.vendor_unknown: 2,
    finance.no_purchase_order: 2,
    finance.purchase_order_closed: 1,
    finance.purchase_order_of_another: 1,
    finance_bank.bank_statement: 1,
    finance_bank.reminder_known: 3,
    finance_bank.reminder_unknown: 1,
    finance_bank.new_account: 1,
    finance_bank.advertising: 2,
    leads.new_lead: 24,
    leads.unknown_company: 3,
    leads.free_mail_address: 2,
    leads.lead_with_instruction: 2,
    leads.known_lead: 4,
    leads.no_address: 1,
    leads.wants_a_call: 1,
    leads.not_a_lead: 6,
    vendor_mail.renewal_in_order: 8,
    vendor_mail.renewal_at_the_cap: 1,
    vendor_mail.increase_over_cap: 6,
    vendor_mail.hardly_used: 4,
    vendor_mail.hardly_used_too_late: 1,
    vendor_mail.renewal_for_approval: 2,
    vendor_mail.forged_vendor: 1,
    vendor_mail.contract_of_another: 1,
    vendor_mail.renewal_without_price: 2,
    vendor_mail.renewal_unnamed: 1,
    vendor_mail.renewal_unnamed_of_two: 1,
    vendor_mail.renewal_with_instruction: 2,
    vendor_mail.payments_elsewhere: 1,
    vendor_mail.vendor_wants_a_person: 1,
    vendor_mail.vendor_advertising: 1,
    broken.mail_without_sender: 1,
    broken.mail_without_boundary: 1,
    broken.mail_to_nobody: 1,
    broken.pdf_cut_short: 1,
    broken.not_a_pdf: 1,
}
"""Case makers and how many times each is called; a case is named like its maker."""

SENT_AGAIN = {"mail": 4, "webhook": 2, "folder": 2}
"""How many messages arrive a second time, by channel."""


def make_messages(world: World) -> list[Message]:
    """Everything that arrives in an edition, except what arrives again; fills the world's master data."""
    made: list[Message] = []
    for maker, times in PLAN.items():
        name = maker.__name__
        for turn in range(times):
            made.extend(maker(world, world.dice(name, turn), name))
    return made
