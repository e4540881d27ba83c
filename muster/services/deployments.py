"""What runs when: a flow with its parameters and schedule, as Prefect will know it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

TAG = "muster"
"""On every deployment of ours; runners work on deployments that carry it."""


@dataclass(frozen=True)
class Deployment:
    """One flow, deployed."""

    flow: str
    """`flows/<file>.py:<function>`, relative to the project's root."""
    name: str
    """Unique among the flow's deployments."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """JSON values the flow is called with, unless a run says otherwise."""
    every_seconds: float | None = None
    """Between scheduled runs; None when `cron` says when, or nothing does."""
    cron: str | None = None
    """Five fields, UTC."""
    tags: tuple[str, ...] = ()
    concurrency_limit: int | None = None
    """Runs of it at the same moment, over all hosts; more wait. None: any number."""
    description: str | None = None

    @property
    def full_name(self) -> str:
        """`function/name`: how `run_now` and the Prefect command line call it (dashes for underscores)."""
        return f"{self.flow.rpartition(':')[2].replace('_', '-')}/{self.name}"

    @property
    def version(self) -> str:
        """Changes when anything of it does."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]
