"""Numbers in a text, as people write them."""

import re
from decimal import Decimal

from muster.gateway.provenance.moments import without_days

_SIGNS = (
    r"(?:€|\$|£|¥|%|(?:eur|euros?|usd|gbp|chf|sek|nok|dkk|pln|czk|jpy|cny|inr|cad|aud|dollars?|pounds?)\b)"
)
_NUMBER = re.compile(
    rf"""
    (?<![^\W\d_])(?<![\d_])(?<!\w[-./'@+_,])(?<!\d:)   # not the tail of a word, a code or a longer number
    (?P<minus>-)?
    (?P<whole>\d{{1,3}}(?:[,.']\d{{3}})+(?!\d)
        |\d{{1,3}}(?:\ \d{{3}})+(?=[.,]\d\d(?!\d)|\ ?{_SIGNS})
        |\d{{1,18}})
    (?P<part>[.,]\d{{1,9}})?
    (?=\ ?{_SIGNS}|(?!\w))(?![.,:]\d)(?!\.\w)(?![-/@_'](?:\w))
    """,
    re.VERBOSE,
)
_ATTACHED = re.compile(r"(?<![a-z])(eur|usd|gbp|chf)(?=\d)")
_ACCOUNT = re.compile(r"\b[a-z]{2}\d{2}(?: ?[a-z\d]{4}){2,7}(?: ?[a-z\d]{1,4})?\b")
_UNBROKEN = re.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3})")


def numbers_in(text: str) -> frozenset[Decimal]:
    """The numbers a text in normal form names, those inside codes, accounts, dates and times left out.

    `1,234.50`, `1.234,50`, `1'234.50` and `1 234,50` are one number. `1.234` can be two: both are given.
    """
    plain = without_days(_ACCOUNT.sub(" ", text))
    plain = _ATTACHED.sub(r"\1 ", plain)
    found: set[Decimal] = set()
    for match in _NUMBER.finditer(plain):
        found.update(_readings(match["minus"] or "", match["whole"], match["part"] or ""))
    return frozenset(found)


def joined_thousands(text: str) -> str:
    """The text as written, with the unbreakable blanks inside numbers taken out."""
    return _UNBROKEN.sub("", text)


def _readings(minus: str, whole: str, part: str) -> list[Decimal]:
    if whole.startswith("0") and len(whole) > 1:
        return [Decimal(f"{minus}{whole}")] if whole.startswith("0.") and not part else []
    digits = re.sub(r"\D", "", whole)
    said = [Decimal(f"{minus}{digits}.{part[1:]}" if part else f"{minus}{digits}")]
    if not part and re.fullmatch(r"\d{1,3}\.\d{3}", whole):
        said.append(Decimal(f"{minus}{whole}"))
    return said
