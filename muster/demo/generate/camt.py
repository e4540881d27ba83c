"""A bank's account statement as ISO 20022 camt.053.001.08."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from muster.demo.iban import make_iban

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
OUR_IBAN = make_iban("DE", "000000000012345678")
OPENING_BALANCE = Decimal("84210.55")


@dataclass(frozen=True)
class Entry:
    """A movement of the account."""

    amount: Decimal
    """Negative: money out."""
    counterparty: str
    iban: str | None
    reference: str
    pays: str | None
    """The invoice it must be matched with; null when none fits. Not part of the statement."""
    transaction_id: str = ""
    booked_on: date = date.min

    def numbered(self, transaction_id: str, booked_on: date) -> "Entry":
        """The entry with the bank's number and day."""
        return replace(self, transaction_id=transaction_id, booked_on=booked_on)


def as_camt053(day: date, entries: Sequence[Entry]) -> bytes:
    """The statement up to a day, with opening and closing balance."""
    document = ET.Element("Document", {"xmlns": NAMESPACE})
    report = ET.SubElement(document, "BkToCstmrStmt")
    made_at, number = f"{day}T06:00:00+01:00", f"STMT-{day:%Y%m%d}"
    _put(report, "GrpHdr", MsgId=f"MSG-{day:%Y%m%d}", CreDtTm=made_at)
    statement = _put(report, "Stmt", Id=number, ElctrncSeqNb=f"{day:%j}", CreDtTm=made_at)
    account = ET.SubElement(statement, "Acct")
    _put(account, "Id", IBAN=OUR_IBAN)
    ET.SubElement(account, "Ccy").text = "EUR"
    _put(account, "Ownr", Nm="Brightloom Home Textiles")
    _put(ET.SubElement(account, "Svcr"), "FinInstnId", BICFI="EXMPDE00XXX")
    _balance(statement, "OPBD", OPENING_BALANCE, min(entry.booked_on for entry in entries))
    _balance(statement, "CLBD", OPENING_BALANCE + sum(entry.amount for entry in entries), day)
    for entry in entries:
        _entry(statement, entry)
    ET.indent(document)
    body: bytes = ET.tostring(document, encoding="UTF-8", xml_declaration=True)
    return body + b"\n"


def _entry(statement: ET.Element, entry: Entry) -> None:
    node = _put(statement, "Ntry", NtryRef=entry.transaction_id)
    _amount(node, entry.amount)
    _put(node, "Sts", Cd="BOOK")
    _put(node, "BookgDt", Dt=entry.booked_on.isoformat())
    _put(node, "ValDt", Dt=entry.booked_on.isoformat())
    ET.SubElement(node, "AcctSvcrRef").text = entry.transaction_id
    domain = _put(ET.SubElement(node, "BkTxCd"), "Domn", Cd="PMNT")
    _put(domain, "Fmly", Cd="ICDT" if entry.amount < 0 else "RCDT", SubFmlyCd="ESCT")
    details = ET.SubElement(ET.SubElement(node, "NtryDtls"), "TxDtls")
    _put(details, "Refs", EndToEndId="NOTPROVIDED")
    _amount(details, entry.amount)
    parties = ET.SubElement(details, "RltdPties")
    role = "Cdtr" if entry.amount < 0 else "Dbtr"
    _put(ET.SubElement(parties, role), "Pty", Nm=entry.counterparty)
    if entry.iban:
        _put(ET.SubElement(parties, f"{role}Acct"), "Id", IBAN=entry.iban)
    _put(details, "RmtInf", Ustrd=entry.reference)


def _balance(statement: ET.Element, code: str, amount: Decimal, day: date) -> None:
    node = ET.SubElement(statement, "Bal")
    _put(ET.SubElement(node, "Tp"), "CdOrPrtry", Cd=code)
    _amount(node, amount)
    _put(node, "Dt", Dt=day.isoformat())


def _amount(node: ET.Element, amount: Decimal) -> None:
    ET.SubElement(node, "Amt", Ccy="EUR").text = f"{abs(amount):.2f}"
    ET.SubElement(node, "CdtDbtInd").text = "DBIT" if amount < 0 else "CRDT"


def _put(parent: ET.Element, tag: str, **children: str) -> ET.Element:
    node = ET.SubElement(parent, tag)
    for name, text in children.items():
        ET.SubElement(node, name).text = text
    return node
