"""Lists of phrases and words, kept as data, and the patterns made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

_GAP = r"(?:\W+\w+){0,6}?\W+"


def load(name: str) -> Any:
    """The data in `<name>.yaml` beside this module."""
    text = files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)


def listed(by_language: dict[str, str]) -> list[str]:
    """The phrases of a list, over all its languages."""
    return [phrase.strip() for line in by_language.values() for phrase in line.split("|")]


def pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of the phrases in normal text, from the start of a word on."""
    forms = (re.escape(phrase).replace(r"\ \~\ ", _GAP).replace(r"\ ", r"\s+") for phrase in phrases)
    return re.compile(rf"\b(?:{'|'.join(forms)})")


@cache
def topic(name: str) -> re.Pattern[str]:
    """The pattern of one list of `phrases.yaml`.

    Raises:
        KeyError: there is no such list.
    """
    return pattern(listed(_phrases()[name]))


@cache
def word_set(name: str) -> frozenset[str]:
    """One list of single words of `vocabulary.yaml`.

    Raises:
        KeyError: there is no such list.
    """
    words: str = vocabulary()[name]
    return frozenset(words.split())


@cache
def vocabulary() -> dict[str, Any]:
    """Everything in `vocabulary.yaml`."""
    words: dict[str, Any] = load("vocabulary")
    return words


@cache
def _phrases() -> dict[str, dict[str, str]]:
    phrases: dict[str, dict[str, str]] = load("phrases")
    return phrases
