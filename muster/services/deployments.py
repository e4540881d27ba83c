"""What runs when: a flow with its parameters and schedule, as Prefect will know it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

TAG = "muster"
"""On every deployment of ours; runners work on deployments that carry it."""
ON_DUTY = "on-duty"
"""On every run that a runner began by itself to keep an always-on deployment at work."""
_ALWAYS_ON = "always-on:"


def always_on(tags: Iterable[str]) -> int:
    """How many runs of a deployment with these tags each runner keeps alive."""
    counts = [tag.removeprefix(_ALWAYS_ON) for tag in tags if tag.startswith(_ALWAYS_ON)]
    return next((int(count) for count in counts if count.isdecimal()), 0)


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
    always_on: int = 0
    """Runs of it that every runner keeps alive on its host, each called with `stay_seconds`; 0: none."""

    @property
    def all_tags(self) -> tuple[str, ...]:
        """The tags it carries in Prefect."""
        kept = (f"{_ALWAYS_ON}{self.always_on}",) if self.always_on else ()
        return (TAG, *self.tags, *kept)

    @property
    def full_name(self) -> str:
        """`function/name`: how `run_now` and the Prefect command line call it (dashes for underscores)."""
        return f"{self.flow.rpartition(':')[2].replace('_', '-')}/{self.name}"

    @property
    def version(self) -> str:
        """Changes when anything of it does."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]
