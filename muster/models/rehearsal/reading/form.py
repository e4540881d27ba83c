"""An enquiry as a website form sends it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from muster.models.rehearsal.reading.hidden import split_hidden
from muster.models.rehearsal.reading.phrases import topic, word_set
from muster.models.rehearsal.reading.plain import normal, words
from muster.models.rehearsal.reading.values import mail_addresses

_FIELD = re.compile(
    r"^(name|e-?mail(?: address)?|company|firma|country|land|phone|message|nachricht)\s*:[ \t]*(.*)$",
    re.IGNORECASE,
)
_MESSAGE = ("message", "nachricht")
_PARTS_OF_A_DATE = 2
_FREE_MAIL = re.compile(
    r"^(?:gmail|gmx|web|yahoo|hotmail|outlook|icloud|aol|t-online|proton(?:mail)?|free|orange|laposte"
    r"|[\w-]*(?:free|gratis)[\w-]*)\."
)
_WORDS_TO_WHAT_IS_COUNTED = 3
_WORDS_TO_THE_DATE = 5


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Who asks for what; what was not given is empty."""

    name: str
    email: str
    company: str
    country: str
    message: str
    hidden: str
    """What in the message speaks to a machine."""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]

    @property
    def uses_free_mail(self) -> bool:
        return _FREE_MAIL.match(self.domain) is not None

    @property
    def says_how_many(self) -> bool:
        """Whether a number of rooms, beds, pieces or the like is named."""
        told = words(normal(self.message))
        return any(
            word.isdecimal()
            and word_set("counted") & set(told[index + 1 : index + 1 + _WORDS_TO_WHAT_IS_COUNTED])
            for index, word in enumerate(told)
        )

    @property
    def says_by_when(self) -> bool:
        """Whether a date or season is named it is needed by."""
        told = words(normal(self.message))
        return any(
            word in word_set("by") and _has_date(told[index + 1 : index + 1 + _WORDS_TO_THE_DATE])
            for index, word in enumerate(told)
        )

    @property
    def is_no_lead(self) -> bool:
        """Whether it is advertising, an application, a school project or gibberish."""
        text = normal(f"{self.name} {self.company} {self.message}")
        return topic("no_lead").search(text) is not None


def _has_date(told: list[str]) -> bool:
    numeric = [word for word in told if word.isdecimal()]
    return bool(word_set("seasons") & set(told)) or len(numeric) >= _PARTS_OF_A_DATE


@lru_cache(maxsize=512)
def read_form(text: str) -> Enquiry:
    """The enquiry in a form's text."""
    fields: dict[str, str] = {}
    lines = text.split("\n")
    message = ""
    for index, line in enumerate(lines):
        found = _FIELD.match(line.strip())
        if found is None:
            continue
        label = found.group(1).lower()
        if label in _MESSAGE:
            message = "\n".join([found.group(2), *lines[index + 1 :]]).strip()
            break
        fields.setdefault(label.replace("-", "").partition(" ")[0], found.group(2).strip())
    if not message and not fields:
        message = text
    own, hidden = split_hidden(message)
    addresses = mail_addresses(fields.get("email", ""))
    return Enquiry(
        name=fields.get("name", ""),
        email=addresses[0] if len(addresses) == 1 else "",
        company=fields.get("company", "") or fields.get("firma", ""),
        country=fields.get("country", "") or fields.get("land", ""),
        message=own,
        hidden=hidden,
    )
