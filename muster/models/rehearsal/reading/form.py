"""An enquiry as a website form sends it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from muster.models.rehearsal.reading.hidden import split_hidden
from muster.models.rehearsal.reading.plain import normal
from muster.models.rehearsal.reading.values import mail_addresses

_FIELD = re.compile(
    r"^(name|e-?mail(?: address)?|company|firma|country|land|phone|message|nachricht)\s*:[ \t]*(.*)$",
    re.IGNORECASE,
)
_MESSAGE = ("message", "nachricht")
_HOW_MANY = re.compile(
    r"\b(\d{1,3}(?:[.,' ]\d{3})*|\d+)\s+(?:[\w-]+\s+){0,2}?(?:rooms?|beds?|tables?|pieces?|pcs|units?|sets?|apartments?|suites?"
    r"|covers?|towels?|curtains?|zimmer\w*|betten|bett|tische?n?|stuck|teile|wohnungen|suiten|garnituren"
    r"|chambres?|lits?|tables?|pieces?|unites?|habitaciones|habitacion|camas?|mesas?|piezas?|unidades|juegos)\b"
)
_BY_WHEN = re.compile(
    r"\b(?:by|before|until|no later than|not later than|latest|bis|vor|spatestens|avant|d'ici|pour le|au plus tard|antes de|antes del"
    r"|para el|hasta|in time for|for the opening in|opening in|rechtzeitig zu)\s+(?:the |end of |mid |ende |mitte |anfang |zum |den "
    r"|le |la |fin |debut |mi-|el |finales de |mediados de |principios de |start of |beginning of )*"
    r"(?:\d{1,2}[./]\d|\d{1,2}\.? ?(?:er|st|nd|rd|th)? ?(?:de )?[a-z]{3,}|q[1-4]|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|januar|februar|marz|mai|juni|juli|oktober|dezember|janvier|fevrier|mars|avril|juin"
    r"|juillet|aout|septembre|octobre|novembre|decembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre"
    r"|noviembre|diciembre|easter|christmas|ostern|weihnachten|paques|noel|semana santa|navidad|pascua|spring|summer|autumn|winter"
    r"|fruhjahr|sommer|herbst|printemps|ete|primavera|verano|otono|\d{4}-\d{2}|next |nachst|kommend)"
)
_NO_LEAD = re.compile(
    r"backlinks?|seo\b|page 1\b|followers|crypto|likes\b|unsubscribe|newsletter|we sell|our software|demo next week|minutes for a demo"
    r"|guest post|lead generation|web ?design|bewerb|praktikum|lebenslauf|job\b|internship|apply for|application for|curriculum|cv\b"
    r"|candidature|stage\b|mon cv|solicitud de empleo|practicas|school project|schulprojekt|projet scolaire|year \d|homework"
    r"|my thesis|bachelorarbeit|masterarbeit|trabajo escolar|proyecto escolar|asdf|qwert|lorem ipsum|casino|viagra|loan offer"
)
_FREE_MAIL = re.compile(
    r"^(?:gmail|gmx|web|yahoo|hotmail|outlook|icloud|aol|t-online|proton(?:mail)?|free|orange|laposte|[\w-]*(?:free|gratis)[\w-]*)\."
)


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
        return _HOW_MANY.search(normal(self.message)) is not None

    @property
    def says_by_when(self) -> bool:
        return _BY_WHEN.search(normal(self.message)) is not None

    @property
    def is_no_lead(self) -> bool:
        """Whether it is advertising, an application, a school project or gibberish."""
        text = normal(f"{self.name} {self.company} {self.message}")
        return _NO_LEAD.search(text) is not None or not re.search(r"[aeiou]\w* \w+", text)


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
