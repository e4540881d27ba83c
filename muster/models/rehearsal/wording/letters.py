"""Letters to people outside, by occasion and language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from muster.models.rehearsal.reading.language import Language


def write_letter(occasion: str, language: Language, name: str, **values: object) -> str:
    """The body of the letter for an occasion; `name` of whom it goes to may be empty.

    Raises:
        KeyError: there is no such occasion, or a value it needs is missing.
    """
    letters = _letters()
    text = letters[occasion][language].format(**values)
    frame = letters["frame"][language]
    if language != "de":
        text = text[0].upper() + text[1:]
    return frame.format(name=f" {name}" if name else "", text=text)


def reply_subject(subject: str) -> str:
    """The subject of an answer."""
    return subject if subject.lower().startswith(("re:", "aw:", "rép:")) else f"Re: {subject}".strip()


def occasions() -> frozenset[str]:
    """Everything there is a letter for."""
    return frozenset(_letters()) - {"frame"}


@cache
def _letters() -> Mapping[str, Mapping[Language, str]]:
    text = files(__package__).joinpath("letters.yaml").read_text(encoding="utf-8")
    letters: Mapping[str, Mapping[Language, str]] = YAML(typ="safe", pure=True).load(text)
    return letters
