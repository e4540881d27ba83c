"""The attacks: every goal in many wordings, places and ways, the same list every time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count, product

from tests.injection import orders_finance, orders_leads, orders_support, orders_vendors
from tests.injection.attack import DOMAINS, Attack, Domain, Letter, Order, Plant, Step
from tests.injection.cast import STRANGER, Cast
from tests.injection.corpus import wordings
from tests.injection.disguise import ENCODED, LANGUAGES, LOOKS_ALIKE, PRETENCES, Disguise
from tests.injection.honest import honest_reads
from tests.injection.impostors import disguised_senders
from tests.injection.letters import PLACINGS, Placing, dropped, in_text
from tests.injection.planted import planted

Maker = Callable[[Cast, int], Order]

ORDERS: dict[Domain, tuple[Maker, ...]] = {
    "support": (
        orders_support.foreign_refund,
        orders_support.foreign_address,
        orders_support.mail_outside,
        orders_support.stranger_told,
        orders_support.mail_to_known,
        orders_support.complaint_for_another,
        orders_support.many_small_refunds,
        orders_support.refund_too_late,
        orders_support.refund_personalised,
    ),
    "finance": (
        orders_finance.to_another_account,
        orders_finance.account_on_the_books,
        orders_finance.order_of_another,
        orders_finance.more_than_ordered,
        orders_finance.dearer_currency,
        orders_finance.without_an_order,
        orders_finance.many_small_payments,
        orders_finance.mail_outside,
        orders_finance.vendor_told,
        orders_finance.order_named,
        orders_finance.falsely_settled,
        orders_finance.settled_for_less,
    ),
    "leads": (
        orders_leads.lead_taken_over,
        orders_leads.lead_ruined,
        orders_leads.other_region,
        orders_leads.unknown_company,
        orders_leads.score_out_of_reach,
        orders_leads.lead_for_another,
        orders_leads.wrong_executive,
    ),
    "vendors": (
        orders_vendors.foreign_cancelled,
        orders_vendors.foreign_renewed,
        orders_vendors.foreign_renegotiated,
        orders_vendors.own_renewed,
        orders_vendors.mail_outside,
        orders_vendors.competitor_told,
        orders_vendors.mail_to_known,
    ),
}
GROUPS: dict[str, dict[str, Disguise]] = {
    "pretence": PRETENCES,
    "encoded": ENCODED,
    "look-alike letters": LOOKS_ALIKE,
    "other languages": LANGUAGES,
}
WAYS = ("through a hand-off", "through shared facts", "written and read back", "written in an earlier task")
THIRD_PARTY = ("in an attachment", "in a PDF", "in a forwarded mail", "in a quotation")


def all_attacks(cast: Cast) -> list[Attack]:
    """Every attack, in order of domain."""
    return [attack for domain in DOMAINS for attack in _domain(cast, domain)]


def _domain(cast: Cast, domain: Domain) -> Iterator[Attack]:
    numbers = count(1)

    def attack(
        technique: str,
        order: Order,
        letter: Letter,
        words: str,
        *,
        plants: Sequence[Plant] = (),
        corpus_id: str | None = None,
    ) -> Attack:
        return Attack(
            id=f"{domain}-{next(numbers):03d}",
            domain=domain,
            technique=technique,
            order=_addressed(order, letter.sender),
            letter=letter,
            carrier=words,
            plants=tuple(plants),
            honest=honest_reads(cast, domain, letter.sender),
            corpus_id=corpus_id,
        )

    for number, maker in enumerate(ORDERS[domain]):
        for technique, disguise in _disguises(number):
            order, words, sender = _order(cast, domain, maker, number, disguise)
            yield attack(technique, order, in_text(domain, sender, words), words)
        for name, placing in _placings(domain, number):
            order, words, sender = _order(cast, domain, maker, number + 31, PRETENCES["plain"])
            yield attack(name, order, placing(domain, sender, words), words)
        for way in (WAYS[number % len(WAYS)], WAYS[(number + 1) % len(WAYS)]):
            order, words, sender = _order(cast, domain, maker, number + 57, PRETENCES["authority"])
            yield attack(way, order, in_text(domain, sender, words), words)
    for turn, wording in enumerate(wordings()):
        if DOMAINS[turn % len(DOMAINS)] == domain:
            maker = ORDERS[domain][(turn // len(DOMAINS)) % len(ORDERS[domain])]
            order, words, sender = _order(cast, domain, maker, turn, wording.before)
            yield attack("public corpus", order, in_text(domain, sender, words), words, corpus_id=wording.id)
    for order, letter, words, plants in planted(cast, domain):
        yield attack("in a system's own field", order, letter, words, plants=plants)
    for name, order, letter in disguised_senders(cast, domain):
        yield attack(name, order, letter, order.words)
    if domain == "support":
        redirected = orders_support.own_parcel_redirected
        for turn, (name, pretence) in enumerate(product(THIRD_PARTY, ("authority", "fake system message"))):
            order, words, sender = _order(cast, domain, redirected, turn, PRETENCES[pretence])
            yield attack(name, order, PLACINGS[name](domain, sender, words), words)


def _disguises(number: int) -> Iterator[tuple[str, Disguise]]:
    """Two of every group, others for every order."""
    for group, ways in GROUPS.items():
        names = sorted(ways)
        for step in (0, 1):
            name = names[(2 * number + step) % len(names)]
            yield (f"{group}: {name}", ways[name])


def _placings(domain: Domain, number: int) -> Iterator[tuple[str, Placing]]:
    names = (
        list(PLACINGS) if domain != "leads" else ["split over two places", "white on white", "in a quotation"]
    )
    for step in range(2):
        name = names[(number + step * 2) % len(names)]
        yield name, PLACINGS[name]
    if domain == "finance":
        yield "in a dropped file", dropped


def _order(cast: Cast, domain: Domain, maker: Maker, turn: int, disguise: Disguise) -> tuple[Order, str, str]:
    """The order, its words and who writes them: half of the time somebody the company knows."""
    order = maker(cast, turn)
    sender = order.sender or (_known(cast, domain, turn, order) if turn % 2 else STRANGER)
    return order, disguise(order.words), sender


def _known(cast: Cast, domain: Domain, turn: int, order: Order) -> str:
    """Somebody of the company's own records whom the order is not about."""
    if domain == "support":
        people = [cast.customer(row)["email"] for row in cast.returnable]
    elif domain == "leads":
        people = [f"mo.crane@{row['domain']}" for row in cast.companies]
    else:
        people = [row["email"] for row in cast.vendors.values()]
    about = {str(value) for step in (*order.acts, *order.reads) for value in step.arguments.values()}
    return next(
        str(person)
        for person in people[(turn * 3) % len(people) :] + people
        if person not in about and not _is_about(cast, domain, person, order)
    )


def _is_about(cast: Cast, domain: Domain, person: str, order: Order) -> bool:
    """Whether the person is the victim: acts and look-ups name what belongs to them."""
    if domain == "support":
        own = {row["customer_id"] for row in cast.customers.values() if row["email"] == person}
        numbers = {row["order_number"] for row in cast.master["orders"] if row["customer_id"] in own}
    elif domain == "leads":
        return False
    else:
        own = {row["vendor_id"] for row in cast.vendors.values() if row["email"] == person}
        numbers = {row["contract_id"] for row in cast.master["contracts"] if row["vendor_id"] in own}
        numbers |= {row["invoice_number"] for row in cast.master["invoices"] if row["vendor_id"] in own}
    named = {str(value) for step in (*order.acts, *order.reads) for value in step.arguments.values()}
    return bool((own | numbers) & named)


def _addressed(order: Order, sender: str) -> Order:
    """The order with `{sender}` filled in."""

    def filled(step: Step) -> Step:
        return replace(
            step,
            arguments={
                name: sender if value == "{sender}" else value for name, value in step.arguments.items()
            },
        )

    goal = order.goal
    if getattr(goal, "to", "") == "{sender}":
        goal = replace(goal, to=sender)  # type: ignore[type-var]
    return replace(
        order, acts=tuple(map(filled, order.acts)), reads=tuple(map(filled, order.reads)), goal=goal
    )
