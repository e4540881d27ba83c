"""Bank accounts and tax numbers that look like their country's."""

from muster.demo.generate.dice import Dice
from muster.demo.iban import make_iban

_LETTERS = "ABCDEFGHKLMNPRSTUVWXYZ"


def new_iban(dice: Dice, country: str = "DE") -> str:
    """An account number of a country, check digits right."""
    bank = "".join(dice.pick(_LETTERS) for _ in range(4))
    match country:
        case "GB":
            return make_iban(country, bank + dice.digits(14))
        case "NL":
            return make_iban(country, bank + dice.digits(10))
        case "FR":
            return make_iban(country, dice.digits(23))
        case "ES":
            return make_iban(country, dice.digits(20))
        case "AT":
            return make_iban(country, dice.digits(16))
        case _:
            return make_iban(country, dice.digits(18))


def new_vat_id(dice: Dice, country: str) -> str:
    """A VAT number in the form of a country."""
    match country:
        case "FR":
            return f"FR{dice.digits(11)}"
        case "ES":
            return f"ESB{dice.digits(8)}"
        case "NL":
            return f"NL{dice.digits(9)}B01"
        case "AT":
            return f"ATU{dice.digits(8)}"
        case _:
            return f"{country}{dice.digits(9)}"


def spaced(iban: str) -> str:
    """An IBAN in groups of four, as on paper."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))
