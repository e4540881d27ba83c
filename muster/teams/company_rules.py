"""What a manifest is checked against: the company's model roles, its connected tools, its standard."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from muster.core.settings import Settings
from muster.gateway.definition import offered_name
from muster.gateway.registration import EVERY_TOOL, Registration, load_registration
from muster.gateway.registry_view import listed
from muster.ledger.postgres import PostgresLedger
from muster.models.governance import ModelTableFile
from muster.teams.manifest import load_manifest
from muster.teams.manifest_model import TeamManifest
from muster.teams.standard import Standard
from muster.teams.standard_file import StandardFile


class ConnectedTools(Collection[str]):
    """The tools an agent can be granted: what the registration names, and what the registry has beside it.

    Of a server that is registered as a whole (`*`) every name passes: only the registry knows its tools.
    """

    def __init__(self, registration: Registration, registry: Collection[str] = ()) -> None:
        self._whole = tuple(
            f"{name}__" for name, tools in registration.servers.items() if EVERY_TOOL in tools
        )
        named = {
            offered_name(server, tool)
            for server, tools in registration.servers.items()
            for tool in tools
            if tool != EVERY_TOOL
        }
        self._names = sorted(named | set(registry))

    def __contains__(self, name: object) -> bool:
        return name in self._names or (isinstance(name, str) and name.startswith(self._whole))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True, slots=True)
class CompanyRules:
    """What the company says about every team."""

    model_roles: frozenset[str]
    tools: ConnectedTools
    standard: Standard

    @classmethod
    def of(cls, settings: Settings, registry: Collection[str] = ()) -> "CompanyRules":
        """As the company's files say.

        Args:
            registry: names of tools the registry has; see `tools_in_registry`.

        Raises:
            ModelTableError, RegistrationError, StandardError: one of the files cannot be used.
        """
        policies = settings.policies_dir
        return cls(
            frozenset(ModelTableFile(policies / "models.yaml").current().roles),
            ConnectedTools(load_registration(settings.tools_registration), registry),
            StandardFile.of(settings).current(),
        )

    def manifest(self, path: Path) -> TeamManifest:
        """The manifest at `path`, checked against all of it.

        Raises:
            ManifestError: it is wrong; it lists every problem found.
        """
        return load_manifest(path, model_roles=self.model_roles, tools=self.tools, standard=self.standard)


async def tools_in_registry(ledger: PostgresLedger) -> frozenset[str]:
    """The names of the tools the registry has, as agents know them.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    return frozenset(row["name"] for row in await listed(ledger))
