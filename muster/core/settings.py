"""Where things are and how they are reached: environment variables that start with `MUSTER_`."""

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from muster.core.errors import OperatorError

ModelSource = Literal["claude", "rehearsal"]

PROJECT_ROOT = Path(__file__).resolve().parents[2]


class SettingsError(OperatorError):
    """An environment variable has a value that cannot be used."""


class Settings(BaseSettings):
    """The installation's settings, each from the environment variable `MUSTER_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="MUSTER_",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    home: Path = Field(default_factory=lambda: Path.cwd() / ".muster")
    """The one folder all state lives in."""
    database_url: str | None = None
    """A Postgres 15 or newer to use instead of the embedded one."""
    host: str = "127.0.0.1"
    """The address every service listens on."""
    postgres_port: int = 5455
    """The embedded Postgres."""
    prefect_port: int = 4200
    """Prefect's API and pages."""
    http_port: int = 8700
    """Webhook intake and the tool gateway."""
    rehearsal_port: int = 8701
    """The rehearsal model."""
    company_port: int = 8702
    """The demo company's systems."""
    smtp_port: int = 8725
    """The door for mail."""
    dashboard_port: int = 8501
    """The dashboard."""
    lab_port: int = 8888
    """JupyterLab."""
    anthropic_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("MUSTER_ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY")
    )
    """With a key Claude answers; without one the rehearsal model does. `ANTHROPIC_API_KEY` works too."""
    anthropic_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("MUSTER_ANTHROPIC_BASE_URL", "ANTHROPIC_BASE_URL")
    )
    """Another server with the Messages API, together with a key. `ANTHROPIC_BASE_URL` works too."""
    tasks_at_once: int = Field(default=64, ge=1)
    """Tasks all teams together may have in hand on one host."""
    lease_seconds: float = Field(default=60, ge=1)
    """A worker that is silent for so long loses its tasks to another."""
    ledger_origin: str = "muster.local/ledger"
    """The name the record is sealed under; nobody else's, such as `example.com/agents`."""
    mirror_url: str | None = None
    """Where sealed events are mirrored as Parquet: a folder or fsspec address; else in `MUSTER_HOME`."""
    timestamp_url: str | None = None
    """An RFC 3161 time stamping authority that stamps each checkpoint; none by default."""
    intake_key: SecretStr | None = None
    """When set, webhook callers must send it as a bearer token."""
    owner_password: SecretStr | None = None
    """The owner's sign-in; made on first start when not set."""
    mail_host: str | None = None
    """The mail server reviews are sent through; without it, or without recipients, none is mailed."""
    mail_port: int = Field(default=587, ge=1, le=65535)
    """Its port."""
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the way to it is encrypted: `starttls` (587), `tls` from the first byte (465), or not at all."""
    mail_user: str | None = None
    """The name to sign in to it with; without one nobody signs in."""
    mail_password: SecretStr | None = None
    """The password to sign in to it with."""
    mail_from: str = "muster@localhost"
    """The address reviews come from."""
    review_recipients: str = ""
    """The addresses reviews are mailed to, with commas between them."""
    teams_dir: Path = PROJECT_ROOT / "data" / "teams"
    """One folder a team."""
    policies_dir: Path = PROJECT_ROOT / "data" / "policies"
    """Money bands, sensitive operations, limits, the model table."""
    assumptions_dir: Path = PROJECT_ROOT / "data" / "assumptions"
    """What is assumed about people's time and each team's return: `company.yaml` and one file a team."""
    demo_dir: Path = PROJECT_ROOT / "data" / "demo"
    """The demo company: its work, its master data, the truth."""
    mcp_servers: Path = PROJECT_ROOT / "data" / "demo" / "mcp_servers.json"
    """The `mcpServers` JSON of the systems the gateway reaches."""
    tools_registration: Path = PROJECT_ROOT / "data" / "demo" / "tools.yaml"
    """What each tool does to the world, as a person confirmed it."""

    @property
    def home_dir(self) -> Path:
        """`home`, absolute."""
        return self.home.expanduser().absolute()

    @property
    def log_dir(self) -> Path:
        return self.home_dir / "logs"

    @property
    def maildir(self) -> Path:
        return self.home_dir / "inbox" / "mail"

    @property
    def drop_dir(self) -> Path:
        return self.home_dir / "inbox" / "drop"

    @property
    def reports_dir(self) -> Path:
        return self.home_dir / "reports"

    @property
    def ledger_dir(self) -> Path:
        """Kept of the record outside its database: trusted keys, the newest checkpoint, the mirror."""
        return self.home_dir / "ledger"

    @property
    def ledger_key_file(self) -> Path:
        """The private key checkpoints are signed with."""
        return self.home_dir / "secrets" / "ledger_key"

    @property
    def mirror_address(self) -> str:
        """Where the Parquet mirror is."""
        return self.mirror_url or str(self.ledger_dir / "mirror")

    @property
    def company_database(self) -> Path:
        """The demo company's own books; the platform never reads them except to score a rehearsal."""
        return self.home_dir / "demo" / "company.sqlite"

    @property
    def model_source(self) -> ModelSource:
        return "claude" if self.anthropic_api_key else "rehearsal"

    @property
    def demo_company(self) -> bool:
        """Whether the gateway's servers are the demo company's."""
        try:
            return "MUSTER_COMPANY_URL" in self.mcp_servers.read_text(encoding="utf-8")
        except OSError:
            return False

    @property
    def prefect_api_url(self) -> str:
        return f"http://{self.host}:{self.prefect_port}/api"

    @property
    def http_url(self) -> str:
        return f"http://{self.host}:{self.http_port}"

    @property
    def gateway_url(self) -> str:
        return f"{self.http_url}/mcp"

    @property
    def rehearsal_url(self) -> str:
        return f"http://{self.host}:{self.rehearsal_port}"

    @property
    def company_url(self) -> str:
        return f"http://{self.host}:{self.company_port}"


def load_settings() -> Settings:
    """The settings as the environment gives them now.

    Raises:
        SettingsError: a variable has a value of the wrong kind.
    """
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        if os.environ.get(name) == "":
            del os.environ[name]
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = str(first["loc"][0]) if first["loc"] else "?"
        name = variable if variable.isupper() else f"MUSTER_{variable.upper()}"
        raise SettingsError(
            f"{name} cannot be used: {first['msg']}", where="environment", do=f"correct or unset {name}"
        ) from None
