"""Papers of our own, read once before any stranger's: what parsers set up at first use is then shared."""

import zlib
from itertools import accumulate

HTML = b"<!DOCTYPE html><p style='color:red'>warm &amp; <a href='https://example.com'>ready</a></p>"

STATEMENT = (
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>'
    b'<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry></Stmt></BkToCstmrStmt></Document>'
)


def pdf() -> bytes:
    """A PDF of one page with one line, written as most programs write it: packed, with a standard font."""
    line = zlib.compress("BT /F1 9 Tf 30 800 Td (warm äöü) Tj ET".encode("cp1252"))
    objects = [
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842]>>",
        b"<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>>>>",
        b"<</Length %d /Filter /FlateDecode>>\nstream\n%b\nendstream" % (len(line), line),
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
    ]
    parts = [b"%PDF-1.4\n", *(b"%d 0 obj\n%b\nendobj\n" % (n, text) for n, text in enumerate(objects, 1))]
    starts = list(accumulate(len(part) for part in parts))
    rows = b"".join(b"%010d 00000 n \n" % start for start in starts[:-1])
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%b" % (count, rows)
    return (
        b"".join(parts)
        + table
        + b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            count,
            starts[-1],
        )
    )
