"""The registration of tools (tools.yaml): what each one does to the world, as a person confirmed it."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muster.gateway.errors import RegistrationError
from muster.ledger.events import Effect

EVERY_TOOL = "*"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Returns(_Strict):
    """What of a tool's answer its system vouches for; every field that is not named is untrusted."""

    format: Literal["json", "yaml", "text"] = "json"
    """How the answer's text is to be read; structured content is JSON whatever stands here."""
    everything: bool = False
    """Whether the system vouches for the whole answer, its texts included."""
    trusted: dict[str, str] = {}
    """Fields the system vouches for with their kinds, as `vendors[].iban: iban`; `$` is the whole answer."""
    identified_by: tuple[str, ...] = ()
    """Kinds whose values say which record a row is, such as `vendor_id` or `email`."""
    confidential: bool = False
    """Whether a stranger must not learn it."""


class PriceLookup(_Strict):
    """Where to read what a call commits when none of its arguments says it."""

    tool: str
    """A reading tool as agents see it: `<server>__<tool>`."""
    arguments: dict[str, str]
    """The lookup's arguments, each by the name of the argument of the call it is taken from."""
    amount: str
    """Path of the amount in the answer."""
    currency: str | None = None
    """Path of its ISO 4217 code; null: the call's `default_currency`, else the policy's."""
    payee: tuple[str, ...] = ()
    """Paths that say who is paid."""


class ArgumentRoles(_Strict):
    """Which argument plays which part, and what of the answer can be believed; empty where unknown."""

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
    free_text: tuple[str, ...] = ()
    """Arguments whose words may come from anywhere, such as a subject, a body or a note."""
    decided: dict[str, tuple[str | int | float | bool, ...] | Literal["any"]] = {}
    """Arguments the agent chooses by its own judgement, each with the values it may choose, or `any`."""
    kinds: dict[str, str] = {}
    """The kind of value an argument takes, where it is not the argument's own name."""
    returns: Returns = Returns()
    """What of the answer can be believed."""
    price: PriceLookup | None = None
    """Where the amount is read, for a call that commits money and carries none."""
    leaves_company: bool = False
    """Whether a read sends something out of the company, as fetching a web page does."""

    def kind_of(self, argument: str) -> str:
        """The kind of value `argument` takes."""
        return self.kinds.get(argument, argument)


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
