"""Which model serves which role, and what it costs: `models.yaml`, read anew when it changes."""

from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muster.models.errors import ModelTableError, UnknownModelRoleError


class ModelChoice(BaseModel):
    """The model that serves a role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    max_tokens: int = Field(gt=0, le=64_000)
    """Most tokens an answer may have."""
    why: str = ""


class OwnPrice(BaseModel):
    """A price the price library does not have, in US dollars a million tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    cache_read: Decimal = Field(default=Decimal(0), ge=0)
    cache_write: Decimal = Field(default=Decimal(0), ge=0)


class ModelTable(BaseModel):
    """The written, versioned decision which model serves which role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    roles: dict[str, ModelChoice]
    price_per_mtok: dict[str, OwnPrice] = {}

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


class ModelTableFile:
    """`models.yaml` as it stands on disk; a saved change is in force with the next call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at_ns = -1
        self._table: ModelTable | None = None

    def current(self) -> ModelTable:
        """The table as last saved.

        Raises:
            ModelTableError: the file is missing, is not YAML or does not fit.
        """
        try:
            changed_at_ns = self._path.stat().st_mtime_ns
            if self._table is None or changed_at_ns != self._read_at_ns:
                self._table = ModelTable.model_validate(YAML(typ="safe").load(self._path))
                self._read_at_ns = changed_at_ns
        except OSError as error:
            raise ModelTableError(f"cannot read it: {error.strerror}", where=str(self._path)) from error
        except YAMLError as error:
            raise ModelTableError(f"not YAML: {error}", where=str(self._path)) from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ModelTableError(f"{place}: {first['msg']}", where=str(self._path)) from error
        return self._table
