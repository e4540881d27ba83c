"""Links, e-mail addresses and account numbers in a text: where it could lead its reader."""

import re
import unicodedata

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_EMAIL = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(
    r"(?:\b[a-z][a-z\d+.-]{1,20}:)?//[^\s<>\"'()\[\]]+|\bwww\.[^\s<>\"'()\[\]]+|"
    r"\b(?:mailto|tel|data|javascript):[^\s<>\"'()\[\]]+",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\w@./-])(?:[\w-]+\.)+[a-z]{2,24}/[^\s<>\"'()\[\]]*", re.IGNORECASE)
_IBAN = re.compile(r"(?<![A-Za-z\d])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z\d]){11,30}(?![A-Za-z\d])")
_SHORTEST_IBAN = 15
_LONGEST_IBAN = 34
_A = 10
_CHECK, _REMAINDER = 97, 1


def seen_text(text: str) -> str:
    """The text as a reader sees it: compatibility forms made plain, invisible signs left out."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def leads_in(text: str) -> tuple[str, ...]:
    """The links, addresses and IBANs a reader of `text` could follow, as they are written, each once."""
    seen = seen_text(text)
    found = [match.rstrip(".,;:!?") for match in _URL.findall(seen)]
    found += [match.rstrip(".,;:!?") for match in _BARE.findall(seen)]
    covered = " ".join(found)
    found += [match.rstrip(".") for match in _EMAIL.findall(seen) if match not in covered]
    for match in _IBAN.finditer(seen):
        account = _iban_at(match[0])
        if account is not None:
            found.append(account)
    return tuple(dict.fromkeys(found))


def _iban_at(text: str) -> str | None:
    """The longest beginning of `text` that is an IBAN by its check digits."""
    signs = re.sub(r"[ -]", "", text)
    for length in range(min(len(signs), _LONGEST_IBAN), _SHORTEST_IBAN - 1, -1):
        part = signs[:length].upper()
        if _checks(part):
            return part
    return None


def _checks(iban: str) -> bool:
    turned = iban[4:] + iban[:4]
    if not turned.isascii():
        return False
    digits = "".join(str(ord(sign) - ord("A") + _A) if sign.isalpha() else sign for sign in turned)
    return int(digits) % _CHECK == _REMAINDER
