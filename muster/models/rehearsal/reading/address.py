"""A delivery address in a message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from muster.models.rehearsal.reading.plain import normal

_POSTAL_CODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|(?:[A-Z]{1,2}-)?\d{5}|\d{4}\s?[A-Z]{2}|[A-Z]-\d{4})\b"
)
WRAPPED_AT = 72
"""Characters; a line is taken for broken when it is no longer than this but would be with the next word."""
_BREAKS = re.compile(r"[\n,;:?!]|\.\s")
_ORDER = re.compile(r"\bBL[-_ ]?\d+\b", re.IGNORECASE)
_NUMBER_FIRST = re.compile(r"(\d{1,4}\s?[a-zA-Z]?,?\s+(?:[^\W\d_][\w'’.-]*\s*){1,6})$")
_NUMBER_LAST = re.compile(r"((?:[^\W\d_][\w'’.ß-]*\s+){1,5}\d{1,4}\s?[a-zA-Z]?)$")
_LEAD_IN = re.compile(
    r"^.*?\b(?:to|address|addresse|adresse|anschrift|an|ist|auf|nach|is|a|à|direccion|dirección|es|instead|at|lautet|die|nach)\b\s+",
    re.IGNORECASE,
)
_COUNTRIES = {
    "United Kingdom": "united kingdom|uk|great britain|england|scotland|wales|vereinigtes konigreich"
    "|grossbritannien|royaume-uni|reino unido",
    "Germany": "germany|deutschland|allemagne|alemania",
    "France": "france|frankreich|francia",
    "Spain": "spain|spanien|espagne|espana",
    "Austria": "austria|osterreich|autriche",
    "Ireland": "ireland|irland|irlande|irlanda",
    "Netherlands": "netherlands|niederlande|pays-bas|paises bajos",
    "Belgium": "belgium|belgien|belgique|belgica",
}
_COUNTRY_BY_NAME = {name: country for country, names in _COUNTRIES.items() for name in names.split("|")}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel goes."""

    street: str
    city: str
    postal_code: str
    country: str


def read_address(text: str, country_before: str) -> Address | None:
    """The address in a text; None when its street, city or postal code is missing.

    Args:
        text: what the customer wrote.
        country_before: the country when the text names none.
    """
    return _in_parts(unwrapped(text), country_before) or _in_parts(text, country_before)


def _in_parts(text: str, country_before: str) -> Address | None:
    pieces = _BREAKS.split(_ORDER.sub("", text))
    parts = [stripped for piece in pieces if (stripped := piece.strip(" .\t"))]
    for index, part in enumerate(parts):
        found = _POSTAL_CODE.search(part)
        if found is None:
            continue
        beside = (part[: found.start()] + " " + part[found.end() :]).strip()
        street_parts, city, after = parts[:index], beside, parts[index + 1 :]
        if not city and street_parts and not _has_number(street_parts[-1]):
            city, street_parts = street_parts[-1], street_parts[:-1]
        elif not city and after:
            city, after = after[0], after[1:]
        street = _street(street_parts)
        if street and city and not _has_number(city) and not country_named(city):
            country = next((known for later in after[:2] if (known := country_named(later))), country_before)
            return Address(street, city, found.group(0), country)
    return None


def unwrapped(text: str) -> str:
    """The text with lines joined again that a mail program broke because they were long."""
    lines = text.split("\n")
    joined = lines[:1]
    for line, before in zip(lines[1:], lines, strict=False):
        first = line.split(" ", 1)[0]
        if first and len(before) <= WRAPPED_AT < len(before) + 1 + len(first):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
    return "\n".join(joined)


def country_named(text: str) -> str:
    """The English name of the country the text consists of; empty when it is none."""
    return _COUNTRY_BY_NAME.get(normal(text).strip(" .!"), "")


def _has_number(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _street(parts: list[str]) -> str:
    for part in reversed(parts[-2:]):
        if not _has_number(part):
            continue
        found = _NUMBER_FIRST.search(part)
        if found:
            return " ".join(found.group(1).replace(",", " ").split())
        found = _NUMBER_LAST.search(part)
        if found:
            street = found.group(1)
            while (lead := _LEAD_IN.match(street)) and _NUMBER_LAST.search(street[lead.end() :]):
                street = street[lead.end() :]
            return " ".join(street.split())
    return ""
