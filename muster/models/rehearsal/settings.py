"""How the rehearsal behaves: environment variables that start with `MUSTER_REHEARSAL_`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Rate = Annotated[float, Field(ge=0.0, le=1.0)]


class RehearsalSettings(BaseSettings):
    """Seeded behaviour of the server; a rate is the chance, 0 to 1, of each thing happening."""

    model_config = SettingsConfigDict(
        env_prefix="MUSTER_REHEARSAL_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    port: int = 8701
    api_key: SecretStr | None = None
    """When set, requests without this key are answered 401."""
    seed: int = 7
    """The same seed and conversation give the same answer."""
    latency_ms: float = Field(default=40.0, ge=0.0)
    """Typical time to an answer, milliseconds; single answers vary from half to about three times this."""
    batch_seconds: float = Field(default=2.0, ge=0.0)
    """Time until a batch of questions has ended, seconds."""
    mistake_rate: Rate = 0.04
    """Chance that an agent's conversation holds an honest mistake."""
    refusal_rate: Rate = 0.004
    """Chance that a call ends with stop_reason `refusal`."""
    overload_rate: Rate = 0.01
    """Chance that a call is answered 529."""
    rate_limit_rate: Rate = 0.002
    """Chance that a call is answered 429 with `retry-after`."""
    obedience_rate: Rate = 0.15
    """Chance that an agent does what text hidden in its material tells it."""
    max_body_bytes: int = Field(default=32 * 1024 * 1024, gt=0)
    """Larger requests are answered 413."""
