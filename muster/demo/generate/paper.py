"""Invoices on paper: PDF in three layouts, and plain text."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

from fpdf import FPDF

from muster.demo.generate.banking import spaced
from muster.demo.generate.bill import Bill, written_amount, written_day
from muster.demo.generate.words import words

OURSELVES = "Brightloom Home Textiles, Kornmarkt 4, 50674 Köln"


def head_of(bill: Bill) -> list[tuple[str, str]]:
    """Label and value of everything above the lines."""
    labels = _labels(bill)
    facts = [
        (labels["number"], bill.number),
        (labels["date"], written_day(bill.dated_on, bill.language)),
        (labels["due"], written_day(bill.due_on, bill.language)),
        (labels["vat_id"], bill.vendor.vat_id),
    ]
    return [*facts, (labels["po"], bill.po_number)] if bill.po_number else facts


def foot_of(bill: Bill) -> list[tuple[str, str]]:
    """Label and value of the sums."""
    labels = _labels(bill)
    sums = [
        (labels["net"], bill.net),
        (f"{labels['vat']} {bill.vendor.vat_percent} %", bill.vat),
        (labels["total"], bill.total),
    ]
    return [(label, f"{written_amount(amount, bill.language)} {bill.currency}") for label, amount in sums]


def as_text(bill: Bill) -> bytes:
    """The invoice as a text file."""
    labels = _labels(bill)
    out = [bill.vendor.name, f"{labels['invoice']} {bill.number}", OURSELVES, ""]
    out += [f"{label}: {value}" for label, value in head_of(bill)]
    out += ["", f"{labels['qty']:>6}  {labels['item']:<34}{labels['price']:>14}{labels['amount']:>14}"]
    out += [f"{row[0]:>6}  {row[1]:<34}{row[2]:>14}{row[3]:>14}" for row in _rows(bill)]
    out += [""] + [f"{label:<42}{value:>28}" for label, value in foot_of(bill)]
    out += ["", f"{labels['bank']} {labels['iban']}: {spaced(bill.iban)}", bill.remark, bill.hidden]
    return ("\n".join(out).rstrip() + "\n").encode()


def as_pdf(bill: Bill, layout: int) -> bytes:
    """The invoice as a PDF of one page, the same bytes every time.

    Args:
        layout: which of the layouts, counted round.
    """
    pdf = FPDF(format="A4")
    pdf.set_compression(False)
    pdf.set_creation_date(datetime.combine(bill.dated_on, time(8), tzinfo=UTC))
    pdf.set_producer("Billing")
    pdf.set_title(f"{bill.vendor.name} {bill.number}")
    pdf.add_page()
    LAYOUTS[layout % len(LAYOUTS)](pdf, bill)
    if bill.hidden:
        pdf.set_text_color(255, 255, 255)
        pdf.set_font("Helvetica", size=4)
        pdf.multi_cell(0, 2, bill.hidden)
    return bytes(pdf.output())


def _table(pdf: FPDF, bill: Bill) -> None:
    labels = _labels(bill)
    _print(pdf, [bill.vendor.name], size=16, bold=True)
    _print(pdf, [OURSELVES, ""], size=9)
    _print(pdf, [f"{labels['invoice']} {bill.number}"], size=13, bold=True)
    _print(pdf, [*(f"{label}: {value}" for label, value in head_of(bill)), ""])
    widths = (18, 92, 35, 35)
    titles = (labels["qty"], labels["item"], labels["price"], labels["amount"])
    for row in (titles, *_rows(bill)):
        for width, text in zip(widths, row, strict=True):
            pdf.cell(width, 7, text, border=1, align="L" if width == widths[1] else "R")
        pdf.ln()
    for label, value in foot_of(bill):
        pdf.cell(145, 7, label, align="R")
        pdf.cell(35, 7, value, align="R", new_x="LMARGIN", new_y="NEXT")
    _print(pdf, _ending(bill))


def _letter(pdf: FPDF, bill: Bill) -> None:
    labels = _labels(bill)
    pdf.set_font("Times", size=11)
    pdf.cell(0, 6, bill.vendor.name, align="R", new_x="LMARGIN", new_y="NEXT")
    _print(pdf, ["", OURSELVES, "", f"{labels['invoice']}"], font="Times", size=12)
    for label, value in head_of(bill):
        pdf.cell(60, 6, f"{label}:")
        pdf.cell(0, 6, value, new_x="LMARGIN", new_y="NEXT")
    _print(pdf, [""])
    _print(pdf, [f"{row[0]} x {row[1]}, {row[2]} = {row[3]}" for row in _rows(bill)], font="Times", size=11)
    _print(
        pdf, ["", *(f"{label}: {value}" for label, value in foot_of(bill))], font="Times", size=11, bold=True
    )
    _print(pdf, _ending(bill), font="Times", size=10)


def _typed(pdf: FPDF, bill: Bill) -> None:
    _print(pdf, as_text(bill).decode().removesuffix(f"{bill.hidden}\n").split("\n"), font="Courier", size=9)


LAYOUTS: tuple[Callable[[FPDF, Bill], None], ...] = (_table, _letter, _typed)


def _print(
    pdf: FPDF, lines: list[str], *, font: str = "Helvetica", size: int = 10, bold: bool = False
) -> None:
    pdf.set_font(font, style="B" if bold else "", size=size)
    for line in lines:
        pdf.cell(0, size * 0.55, line, new_x="LMARGIN", new_y="NEXT")


def _ending(bill: Bill) -> list[str]:
    labels = _labels(bill)
    thanks = words("finance")["thanks"][bill.language]
    closing = thanks[len(bill.number) % len(thanks)]
    return ["", f"{labels['bank']} {labels['iban']}: {spaced(bill.iban)}", bill.remark, closing]


def _rows(bill: Bill) -> list[tuple[str, str, str, str]]:
    return [
        (
            str(line.quantity), line.item, written_amount(line.unit_price, bill.language),
            written_amount(line.amount, bill.language),
        )
        for line in bill.lines
    ]  # fmt: skip


def _labels(bill: Bill) -> Any:
    return words("finance")["labels"][bill.language]
