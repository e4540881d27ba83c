"""The word lists and letters the generator draws from."""

import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "o", "ş": "s", "ı": "i"})


@cache
def words(name: str) -> Any:
    """A file of `texts/`, parsed; do not change it."""
    text = files("muster.demo.generate").joinpath("texts", f"{name}.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)


def ascii_name(text: str) -> str:
    """A name as it appears in a mail address: lower case, no accents, no spaces."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_UMLAUTS))
    kept = (character for character in decomposed if character.isalnum() or character == "-")
    return "".join(kept).encode("ascii", "ignore").decode()
