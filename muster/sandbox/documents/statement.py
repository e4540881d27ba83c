"""A bank's account statement (ISO 20022 camt.053) as lines a person, or an agent, can read."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from muster.core.text import one_line
from muster.sandbox.documents.refusal import RefusedDocumentError

_BALANCES = {"OPBD": "Opening balance", "PRCD": "Opening balance", "CLBD": "Closing balance"}
_LINE_CHARS = 500


def statement_text(data: bytes) -> str:
    """Account, balances, and one line a transaction: date, signed amount, other party, purpose, reference.

    Raises:
        RefusedDocumentError: no statement is in it, or an amount is no number; one that is not well-formed
            or holds entities raises what the parser makes of it.
    """
    root = fromstring(data, forbid_dtd=True)
    statements = root.findall(".//{*}Stmt")
    if not statements:
        raise RefusedDocumentError("the bank statement holds no statement (element Stmt)")
    return "\n\n".join("\n".join(_lines(statement)) for statement in statements)


def _lines(statement: Element) -> Iterator[str]:
    yield f"Bank statement {_text(statement, 'Id')}"
    account = statement.find("{*}Acct")
    if account is not None:
        number = _text(account, "Id/IBAN") or _text(account, "Id/Othr/Id")
        yield f"Account: {number} {_text(account, 'Ownr/Nm')}".rstrip()
    if since := _text(statement, "FrToDt/FrDtTm"):
        yield f"Period: {since[:10]} to {_text(statement, 'FrToDt/ToDtTm')[:10]}"
    for balance in statement.findall("{*}Bal"):
        if name := _BALANCES.get(_text(balance, "Tp/CdOrPrtry/Cd")):
            yield f"{name}: {_amount(balance, balance)} on {_date(balance, 'Dt')}"
    entries = statement.findall("{*}Ntry")
    yield f"Transactions: {sum(len(_details(entry)) for entry in entries)}"
    for entry in entries:
        for detail in _details(entry):
            yield _transaction(entry, detail)


def _details(entry: Element) -> list[Element]:
    """The transactions a booking stands for: those listed, or the booking itself."""
    return entry.findall("{*}NtryDtls/{*}TxDtls") or [entry]


def _transaction(entry: Element, detail: Element) -> str:
    credit = _text(entry, "CdtDbtInd") == "CRDT"
    party, other = ("Dbtr", "from") if credit else ("Cdtr", "to")
    name = _text(detail, f"RltdPties/{party}/Nm") or _text(detail, f"RltdPties/{party}/Pty/Nm")
    iban = _text(detail, f"RltdPties/{party}Acct/Id/IBAN")
    purpose = " ".join(_all(detail, "RmtInf/Ustrd")) or _text(detail, "RmtInf/Strd/CdtrRefInf/Ref")
    end_to_end = _text(detail, "Refs/EndToEndId")
    reference = _text(detail, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    fields = [
        _date(entry, "BookgDt"),
        _amount(detail if detail.find("{*}Amt") is not None else entry, entry),
        f"{other} {name}" if name else "",
        iban,
        purpose or _text(entry, "AddtlNtryInf"),
        f"end-to-end {end_to_end}" if end_to_end not in {"", "NOTPROVIDED"} else "",
        f"ref {reference}" if reference else "",
    ]
    return one_line(" | ".join(part for part in fields if part), _LINE_CHARS)


def _amount(holder: Element, signed_by: Element) -> str:
    amount = holder.find("{*}Amt")
    if amount is None or not amount.text:
        raise RefusedDocumentError("the bank statement has a booking without an amount")
    try:
        value = Decimal(amount.text.strip())
    except InvalidOperation:
        raise RefusedDocumentError(
            f"the bank statement has an amount that is not a number: {one_line(amount.text, 40)}"
        ) from None
    sign = "-" if _text(signed_by, "CdtDbtInd") == "DBIT" else "+"
    return f"{sign}{value:f} {amount.get('Ccy', '')}".rstrip()


def _date(holder: Element, path: str) -> str:
    return (_text(holder, f"{path}/Dt") or _text(holder, f"{path}/DtTm"))[:10]


def _text(holder: Element, path: str) -> str:
    return next(iter(_all(holder, path)), "")


def _all(holder: Element, path: str) -> list[str]:
    steps = "/".join(f"{{*}}{step}" for step in path.split("/"))
    return [one_line(found.text, _LINE_CHARS) for found in holder.findall(steps) if found.text]
