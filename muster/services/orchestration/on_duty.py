"""Which runs a host keeps alive: of each always-on deployment a number, renewed, restarted with back-off."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

STAY_SECONDS = 3_600.0
"""How long a run stays before another takes its place, so that no run's history grows without end."""
_JITTER = 0.1
"""Share of that time by which runs differ, so that not all are renewed at one moment."""
_BETWEEN_STARTS_SECONDS = 5.0
"""In one place at least, even when runs end well."""
_LONGEST_WAIT_SECONDS = 300.0
_PROVEN_SECONDS = 600.0
"""A run that lasted so long did not fail at its start: back-off begins anew."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Runs of a deployment that are to be kept alive."""

    count: int
    version: str | None = None
    """Of the deployment; it changes with anything of it."""


NOTHING = Wanted(0)


@dataclass(eq=False)
class _Post:
    """One place for one run."""

    version: str | None
    run_id: UUID | None = None
    begun_at: float = float("-inf")
    stay_seconds: float = 0.0
    not_before: float = float("-inf")
    failures: int = 0


class OnDuty:
    """The posts of one host and who fills them."""

    def __init__(
        self,
        *,
        stay_seconds: float = STAY_SECONDS,
        now: Callable[[], float] = time.monotonic,
        chance: random.Random | None = None,
    ) -> None:
        self._stay_seconds = stay_seconds
        self._now = now
        self._chance = chance or random.Random()  # noqa: S311 jitter, not a secret
        self._posts: dict[UUID, list[_Post]] = {}

    def adjust(self, wanted: Mapping[UUID, Wanted]) -> list[UUID]:
        """Set up or give up posts; gives the runs that are to leave.

        Runs of a deployment that was changed leave too: others, with what it says now, take their places.

        Args:
            wanted: what is to be kept alive, by deployment.
        """
        to_leave: list[UUID] = []
        for deployment_id in {*wanted, *self._posts}:
            posts = self._posts.pop(deployment_id, [])
            now_wanted = wanted.get(deployment_id, NOTHING)
            kept = [post for post in posts if post.version == now_wanted.version][: now_wanted.count]
            to_leave += [post.run_id for post in posts if post not in kept and post.run_id is not None]
            new = [_Post(now_wanted.version) for _ in range(now_wanted.count - len(kept))]
            if kept or new:
                self._posts[deployment_id] = kept + new
        return to_leave

    def due(self) -> list[tuple[UUID, float]]:
        """The deployment and the seconds to stay of each run that is to begin now."""
        now = self._now()
        due = []
        for deployment_id, post in self._each():
            if post.run_id is not None and now - post.begun_at >= post.stay_seconds:
                post.run_id = None  # it takes nothing more; another takes its place while it finishes
            if post.run_id is None and post.not_before <= now:
                post.stay_seconds = self._stay_seconds * (1 + _JITTER * self._chance.uniform(-1, 1))
                due.append((deployment_id, post.stay_seconds))
        return due

    def began(self, deployment_id: UUID, run_id: UUID) -> None:
        """A run began in a vacant post of the deployment."""
        now = self._now()
        for post in self._posts.get(deployment_id, []):
            if post.run_id is None and post.not_before <= now:
                post.run_id = run_id
                post.begun_at = now
                return

    def ended(self, run_id: UUID, *, well: bool) -> None:
        """A run ended; one that is on no post any more is nobody's concern."""
        now = self._now()
        for _, post in self._each():
            if post.run_id != run_id:
                continue
            post.run_id = None
            post.not_before = post.begun_at + _BETWEEN_STARTS_SECONDS
            if well or now - post.begun_at >= _PROVEN_SECONDS:
                post.failures = 0
            if not well:
                post.failures += 1
                wait = min(2.0**post.failures, _LONGEST_WAIT_SECONDS)
                post.not_before = now + wait * self._chance.uniform(0.5, 1)

    def _each(self) -> Iterator[tuple[UUID, _Post]]:
        for deployment_id, posts in self._posts.items():
            for post in posts:
                yield deployment_id, post
