"""Instructions hidden in material: text that tells the reading machine what to do."""

from __future__ import annotations

import re
from functools import lru_cache

_TELLS_MACHINE = re.compile(
    r"""(?isx)
    \b(?:ignor\w*|disregard|forget|override|vergiss|vergessen\s+sie|missachte\w*|oubli\w+|olvid\w+)\b
        .{0,40}\b(?:rule|instruction|polic|guideline|prompt|previous|above|regel|anweisung|vorgabe|richtlinie|
        regle|règle|instruc|consigne|norma|regla)
  | \b(?:system|assistant|admin(?:istrator)?|developer)\s*
        (?:message|prompt|note|override|notice|instruction)?\s*[:\]>]
  | \b(?:note|instruction|message|hinweis|anweisung|nachricht|consigne|instrucci[oó]n(?:es)?|nota|note)\s*
        (?:to|for|an|f[uü]r|à|a|pour|para)\s+(?:the\s+|den\s+|die\s+|das\s+|l['’]|el\s+|la\s+|any\s+|all\s+|alle\s+)?
        (?:automat\w*|ai\b|ki\b|ia\b|bot|agent\w*|assistant\w*|assistent\w*|asistente\w*|system|sistema|llm|
        language\s+model|sprachmodell|mod[eè]le)
  | \b(?:ai|ki|ia|llm)[-\s]?(?:agent|assistant|assistent|system|model|modell|reader)\w*
  | \byou\s+are\s+(?:now|an?\s+(?:ai|assistant|agent))\b
  | \bdu\s+bist\s+(?:jetzt|nun)\b
  | <!--
  | </?(?:admin|system|assistant|instructions?)>
  | \[/?(?:tool[_ ]?result|system|assistant|inst)\]
  | \b(?:the\s+)?(?:customer|sender|user)\s+is\s+verified\b
  | \bpolicy\s+update\b
  | \bwas\s+approved\s+by\b | \bapproved\s+by\s+(?:the\s+)?(?:cfo|ceo|finance|management)
  | \b(?:ai|ki|ia)\s+(?:reading|lesend)
  | ^\s*(?:assistant|agent|bot)\s*,
  | \bnote\s+to\s+automated\b
  | \bgive\s+this\s+lead\b | \bexport\s+all\b
  | \bwichtig\s+f[uü]r\s+die\s+ki\b
  | \binstructions?\s+[aà]\s+l['’]\s*(?:attention\s+de\s+l['’]\s*)?agent
  | \bas\s+(?:an?\s+)?(?:ai|assistant|automated)\b
    """
)
_PARAGRAPH = re.compile(r"\n\s*\n")


@lru_cache(maxsize=4096)
def split_hidden(text: str) -> tuple[str, str]:
    """The text without the passages that speak to a machine, and those passages.

    A passage runs from the line that gives it away to the end of its paragraph.
    """
    if not _TELLS_MACHINE.search(text):
        return text, ""
    kept: list[str] = []
    hidden: list[str] = []
    for paragraph in _PARAGRAPH.split(text):
        found = _TELLS_MACHINE.search(paragraph)
        if found is None:
            kept.append(paragraph)
            continue
        start = _sentence_start(paragraph, found.start())
        if paragraph[:start].strip():
            kept.append(paragraph[:start].rstrip())
        hidden.append(paragraph[start:].strip())
    return "\n\n".join(kept), "\n\n".join(hidden)


def _sentence_start(text: str, at: int) -> int:
    before = [mark.end() for mark in re.finditer(r"[.!?]\s+|\n", text[:at])]
    return before[-1] if before else 0
