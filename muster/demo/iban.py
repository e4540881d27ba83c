"""International bank account numbers with true check digits (ISO 13616)."""


def make_iban(country: str, account: str) -> str:
    """The IBAN of a country's domestic account number, check digits worked out."""
    remainder = _as_number(f"{account}{country}00") % 97
    return f"{country}{98 - remainder:02d}{account}"


def is_iban(text: str) -> bool:
    """Whether a text without spaces is a well-formed IBAN whose check digits are right."""
    if not (15 <= len(text) <= 34 and text.isascii() and text.isalnum() and text.isupper()):
        return False
    if not (text[:2].isalpha() and text[2:4].isdigit()):
        return False
    return _as_number(text[4:] + text[:4]) % 97 == 1


def _as_number(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text))
