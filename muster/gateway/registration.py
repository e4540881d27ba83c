"""The registration of tools (tools.yaml): what each one does to the world, as a person confirmed it."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muster.gateway.errors import RegistrationError
from muster.ledger.events import Effect

EVERY_TOOL = "*"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class ArgumentRoles(_Strict):
    """Which argument plays which part; null or empty where none does."""

    amount: str | None = None
    currency: str | None = None
    default_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """The currency when no argument says it; null: the policy's."""
    payee: tuple[str, ...] = ()
    """Arguments that decide who is paid."""
    recipient: tuple[str, ...] = ()
    """Arguments that decide where something goes."""
    idempotency_key: str | None = None
    """A key the system honours, so that the same call twice is one effect."""


class ToolRegistration(ArgumentRoles):
    """One tool's effect and the parts its arguments play."""

    effect: Effect


class Registration(_Strict):
    """Everything a person confirmed about tools: by server, by tool."""

    servers: dict[str, dict[str, ToolRegistration]] = {}
    """The tool name `*` stands for every tool of the server that is not named."""

    def of(self, server: str, tool: str) -> ToolRegistration | None:
        """What is registered for one tool of one server; null when nobody confirmed it."""
        tools = self.servers.get(server, {})
        return tools.get(tool) or tools.get(EVERY_TOOL)


def load_registration(path: Path) -> Registration:
    """The registration in the YAML file at `path`.

    Raises:
        RegistrationError: it cannot be read, or says something a registration cannot say.
    """
    try:
        return Registration.model_validate(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {})
    except OSError as error:
        raise RegistrationError(
            f"cannot read the registration of tools: {error.strerror}",
            where=str(path),
            do="set MUSTER_TOOLS_REGISTRATION to a tools.yaml",
        ) from error
    except YAMLError as error:
        raise RegistrationError(f"not YAML: {error}", where=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise RegistrationError(f"{field}: {first['msg']}", where=str(path), do=f"correct {field}") from error
