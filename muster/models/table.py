"""Which model serves which role, within which limits, and what it costs: the words of `models.yaml`."""

from decimal import Decimal
from typing import Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from muster.models.errors import NoFallbackError, UnknownModelRoleError

Effort = Literal["low", "medium", "high", "xhigh", "max"]
CacheMode = Literal["auto", "on", "off"]


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class RoleLimits(_Words):
    """What the calls of a role may take."""

    timeout_seconds: float = Field(default=120, gt=0, le=600)
    """An answer that takes longer counts as none."""
    calls_at_once: int | None = Field(default=None, ge=1)
    """Calls one worker process has under way at a time; any number when left out."""
    usd_per_call: Decimal | None = Field(default=None, gt=0)
    """US dollars one call may cost at most, beside the budgets of team and fleet."""


class ModelChoice(_Words):
    """The model that serves a role."""

    model: str = Field(min_length=1)
    """The name the model server knows it by."""
    fallback: str | None = Field(default=None, min_length=1)
    """The model that stands in when the first is overloaded or fails; none when left out."""
    max_tokens: int = Field(gt=0, le=64_000)
    """Most tokens an answer may have."""
    effort: Effort | None = None
    """How hard the model thinks; its own default when left out."""
    limits: RoleLimits = RoleLimits()
    """What a call may take."""
    cache: CacheMode = "auto"
    """Prompt caching: `auto` where it is expected to pay, `on` always, `off` never."""
    batch: bool = False
    """Whether questions nobody waits for go out in batches, at half the price."""
    why: str = ""
    """Why this model, for whoever reads it later."""

    @model_validator(mode="after")
    def _another_model_stands_in(self) -> Self:
        if self.fallback == self.model:
            raise ValueError("the fallback is the model itself; name another one, or leave it out")
        return self

    def standing_in(self) -> "ModelChoice":
        """The choice with its fallback in the model's place.

        Raises:
            NoFallbackError: there is none.
        """
        if self.fallback is None:
            raise NoFallbackError(f"{self.model} has no fallback", where="models.yaml", do="add `fallback:`")
        return self.model_copy(update={"model": self.fallback, "fallback": None})


class OwnPrice(_Words):
    """A price the price library does not have, in US dollars a million tokens."""

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cache_read: Decimal = Field(default=Decimal(0), ge=0)
    cache_write: Decimal = Field(default=Decimal(0), ge=0)


class ModelTable(_Words):
    """The written decision which model serves which role."""

    version: int | None = None
    """A number of your own. What calls are recorded under, as `models@3`, is counted by the platform."""
    roles: dict[str, ModelChoice] = Field(min_length=1)
    """By the name manifests use."""
    price_per_mtok: dict[str, OwnPrice] = {}
    """Prices of models the price library does not know; they come before the library's."""

    def choice(self, role: str) -> ModelChoice:
        """The model for `role`.

        Raises:
            UnknownModelRoleError: the table has no such role.
        """
        if role not in self.roles:
            raise UnknownModelRoleError(
                f"there is no model role {role!r}",
                where="models.yaml",
                do=f"use one of {', '.join(sorted(self.roles))}, or add the role",
            )
        return self.roles[role]

    @property
    def models(self) -> list[str]:
        """Every model that may be asked, fallbacks too, each once."""
        named = [name for choice in self.roles.values() for name in (choice.model, choice.fallback)]
        return list(dict.fromkeys(name for name in named if name is not None))

    def text(self) -> str:
        """The table as the register of policies keeps it, every field filled in: same decision, same text."""
        options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        return orjson.dumps(self.model_dump(mode="json"), option=options).decode() + "\n"
