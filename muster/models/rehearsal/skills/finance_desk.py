"""The desk for suppliers' paper: invoices, reminders, bank statements, new bank details."""

from __future__ import annotations

import re

from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.reading.values import ibans
from muster.models.rehearsal.script import Script
from muster.models.rehearsal.skills.endings import escalate, finish, hand_over
from muster.models.rehearsal.skills.work import Work

_STATEMENT = re.compile(
    r"camt\.053|bktocstmrstmt|bank statement|account statement|kontoauszug|releve de compte|extracto"
)
_REMINDER = re.compile(
    r"remind|still open|overdue|outstanding|when can we expect payment|payment date|zahlungserinnerung|mahnung"
    r"|zahlungseingang|noch offen|uberfallig|zahlungsdatum|rappel|relance|impaye|recordatorio|pendiente de pago"
)
_NEW_BANK = re.compile(
    r"bank account (?:changes|has changed)|new bank (?:details|account)|our new account|change of bank|bank details have"
    r"|neue bankverbindung|bankverbindung (?:geandert|andert)|neue kontoverbindung|coordonnees bancaires|nouveau rib"
    r"|nueva cuenta|cambiado de cuenta|datos bancarios"
)
_INVOICE = re.compile(r"invoice|rechnung|facture|factura|gutschrift|credit note")
_NOTHING = re.compile(
    r"unsubscribe|newsletter|webinar|% off|save up to|special offer|abmelden|abwesenheit|out of office|automatic reply"
    r"|automatische antwort|desabonner|darse de baja|reponse automatique"
)
_PERSON = re.compile(r"call (?:me|us)|speak to|talk to|rufen sie|ruckruf|rappelez|llamenme")
_TOTAL = re.compile(r"total|gesamt|betrag|importe|montant|net|iban")


def run(work: Work) -> Script:
    """Tell what has arrived, and hand it on."""
    yield from ()
    task = work.talk.task
    mail, paper = normal(work.message), normal(task.documents)
    everything = f"{mail}\n{paper}"
    if _STATEMENT.search(everything) and not _looks_like_invoice(everything):
        return hand_over(
            work,
            ("bank", "statement", "transaction"),
            "Match the bank statement.",
            facts={"kind": "statement"},
        )
    if _looks_like_invoice(paper) or _looks_like_invoice(mail):
        return hand_over(work, ("invoice", "read"), "Read this supplier invoice.", facts={"kind": "invoice"})
    if _NEW_BANK.search(everything) or (ibans(work.letter.fresh) and not _INVOICE.search(everything)):
        return escalate("agent_asked", "A vendor announces new bank details. Nothing was changed.")
    if _REMINDER.search(mail):
        asked = "Answer this payment reminder."
        return hand_over(work, ("reminder", "payment", "answers"), asked, facts={"kind": "reminder"})
    if _NOTHING.search(everything):
        return finish(work, "Nothing to do: advertising or an automatic reply.", confidence=0.93)
    return escalate("agent_asked", "It is neither an invoice nor a statement nor a reminder.", confidence=0.5)


def _looks_like_invoice(text: str) -> bool:
    return bool(_INVOICE.search(text)) and len(set(_TOTAL.findall(text))) >= 2
