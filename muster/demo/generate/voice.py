"""How people write: greeting, mood, typing mistakes, quoted mails, signatures."""

import re
import textwrap
from dataclasses import dataclass
from datetime import date

from muster.demo.generate.dice import Dice
from muster.demo.generate.words import words

MOODS = {"plain": 0.5, "formal": 0.12, "terse": 0.16, "chatty": 0.14, "angry": 0.08}
_CALM = {mood: weight for mood, weight in MOODS.items() if mood != "angry"}
_WORD = re.compile(r"(?<![\w@.:/{-])[a-zäöüéèáíóúñ]{5,}(?![\w@.:/}-])")


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str


def write_letter(
    dice: Dice,
    language: str,
    body: str,
    *,
    name: str,
    subject: str,
    order: str,
    day: date,
    calm: bool = False,
) -> Letter:
    """A customer's mail around what it is about.

    Args:
        body: what it is about, filled in.
        order: the order number as the writer writes it, for subject and quoted mail; empty when
            it must not appear.
        day: the day of the mail that is quoted, when one is.
        calm: this writer is not angry.
    """
    mood = dice.weighted(_CALM if calm else MOODS)
    parts = [_dress(dice, language, body, mood)]
    if mood != "terse":
        kind = "formal" if mood == "formal" else "plain"
        style = words("style")
        parts.insert(0, dice.pick(style["greeting"][kind][language]))
        parts.append(f"{dice.pick(style['closing'][kind][language])}\n{_signed(dice, name)}")
    if dice.chance(0.18):
        parts.append(f"-- \n{dice.pick(words('style')['device'][language])}" if dice.chance(0.3) else
                     dice.pick(words("style")["device"][language]))  # fmt: skip
    text = "\n\n".join(parts)
    if order and dice.chance(0.3):
        text += "\n\n" + _quoted(dice, language, order, day)
        if dice.chance(0.6):
            return Letter(dice.pick(words("style")["reply"][language]).format(order=order), text)
    subjects = [
        line for line in words("style")["subject"][subject][language] if order or "{order}" not in line
    ]
    return Letter(dice.pick(subjects).format(order=order), text)


def order_as_written(dice: Dice, number: str) -> str:
    """An order number the way people write it down."""
    if dice.chance(0.8):
        return number
    digits = number[3:]
    return dice.pick([f"BL{digits}", f"bl-{digits}", f"BL {digits}", f"#{digits}", f"bl {digits}"])


def mistype(dice: Dice, text: str, share: float) -> str:
    """The text with some of its longer words mistyped; numbers, names and addresses stay as they are."""

    def change(match: re.Match[str]) -> str:
        word = match.group()
        if not dice.chance(share):
            return word
        at = dice.whole(1, len(word) - 3)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return dice.pick([swapped, word[:at] + word[at + 1 :], word[: at + 1] + word[at] + word[at + 1 :]])

    return _WORD.sub(change, text)


def _dress(dice: Dice, language: str, body: str, mood: str) -> str:
    style = words("style")
    text = mistype(dice, body, 0.10 if mood in ("terse", "angry") else 0.02)
    if mood == "chatty":
        chat = dice.sample(style["chat"][language], dice.whole(1, 2))
        text = "\n\n".join([chat[0], text, *chat[1:]])
    elif mood == "angry":
        text = f"{text}\n\n{dice.pick(style['anger'][language])}"
    elif text[0].islower() and mood in ("plain", "formal") and language in ("en", "es"):
        text = text[0].upper() + text[1:]
    if dice.chance(0.4):
        text = "\n".join(textwrap.fill(line, 72, break_on_hyphens=False) for line in text.split("\n"))
    return text


def _signed(dice: Dice, name: str) -> str:
    first, _, last = name.partition(" ")
    return dice.pick([name, name, first, f"{first[0]}. {last}"])


def _quoted(dice: Dice, language: str, order: str, day: date) -> str:
    style = words("style")
    head = dice.pick(style["quote_head"][language]).format(day=f"{day:%d.%m.%Y}")
    quoted = dice.pick(style["quote"][language]).format(order=order)
    lines = [f"> {line}".rstrip() for line in quoted.split("\n")]
    if dice.chance(0.3):
        lines += [">", "> > Thank you, I look forward to it!"]
    return "\n".join([head, *lines])
