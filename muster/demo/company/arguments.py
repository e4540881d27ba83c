"""The kinds of argument the company's tools take, each checked strictly."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from muster.demo.iban import is_iban

_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")


class Arguments(BaseModel):
    """Base of every tool's arguments: nothing unknown is taken, texts are trimmed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"'{text}' is not an e-mail address like name@company.example")
    return text.lower()


def _iban(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    compact = text.replace(" ", "").upper()
    if not is_iban(compact):
        raise ValueError(f"'{text}' is not a valid IBAN (its check digits are wrong)")
    return compact


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(_not_bool),
    Field(gt=0, max_digits=12, decimal_places=2),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "description": "at most two decimals"}),
]
Currency = Annotated[
    str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217, for example EUR", examples=["EUR"])
]
Day = Annotated[date, Field(description="YYYY-MM-DD")]
Email = Annotated[str, AfterValidator(_email), Field(max_length=254)]
Iban = Annotated[str, BeforeValidator(_iban), Field(description="with or without spaces", max_length=42)]
Key = Annotated[str, Field(min_length=4, max_length=100, description="the same key is carried out once")]
OrderNumber = Annotated[str, Field(pattern=r"^BL-\d{5,6}$", description="like BL-10432")]
Line = Annotated[str, Field(min_length=1, max_length=200)]
LongText = Annotated[str, Field(min_length=1, max_length=8000)]
