"""Mails, PDFs and statements made for the tests."""

from datetime import UTC, datetime
from email.message import EmailMessage

from fpdf import FPDF

ARRIVED_AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def mail(**headers: str) -> EmailMessage:
    """A plain mail to support@; headers given replace the usual ones, an empty one removes it."""
    message = EmailMessage()
    usual = {
        "From": "Jane Doe <jane@customer.example>",
        "To": "support@brightloom.example",
        "Subject": "Where is my order?",
        "Message-ID": "<one@customer.example>",
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in {**usual, **named}.items():
        if value:
            message[name] = value
    message.set_content("My order BL-10432 has not come.\n")
    return message


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text a page."""
    document = FPDF()
    document.set_font("helvetica")
    for page in pages:
        document.add_page()
        if page:
            document.cell(text=page)
    return bytes(document.output())


STATEMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
 <Id>STMT-11</Id>
 <FrToDt><FrDtTm>2026-11-01T00:00:00</FrDtTm><ToDtTm>2026-11-15T23:59:59</ToDtTm></FrToDt>
 <Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ownr><Nm>Brightloom</Nm></Ownr></Acct>
 <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
  <Dt><Dt>2026-11-01</Dt></Dt></Bal>
 <Ntry><Amt Ccy="EUR">250.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><BookgDt><Dt>2026-11-03</Dt></BookgDt>
  <AcctSvcrRef>T-1</AcctSvcrRef>
  <NtryDtls><TxDtls>
   <RltdPties><Cdtr><Pty><Nm>Loom Supplies</Nm></Pty></Cdtr>
    <CdtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></CdtrAcct></RltdPties>
   <RmtInf><Ustrd>INV-77</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
 <Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-11-04</Dt></BookgDt>
  <NtryDtls>
   <TxDtls><Amt Ccy="EUR">10.00</Amt><RltdPties><Dbtr><Nm>Ann</Nm></Dbtr></RltdPties></TxDtls>
   <TxDtls><Amt Ccy="EUR">20.00</Amt><RltdPties><Dbtr><Nm>Ben</Nm></Dbtr></RltdPties></TxDtls>
  </NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"""
