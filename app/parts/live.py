"""Ready-made frames and pictures in the server's memory: shown as they are, made again behind the page.

The first reader waits until there is something to show. From then on what is older than `FRESH` is shown
while it is made again in a thread, and the page says as of when its figures are; what is older than `STALE`
is not shown unless there is nothing newer to be had.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Lock, Thread
from time import perf_counter, sleep
from typing import Any, Final, Generic, TypeVar

import polars as pl
import streamlit as st

from muster.analysis.calibration import assessed_tasks_of
from muster.analysis.human import HumanCost
from muster.analysis.period import Period
from muster.analysis.picture import Picture, pictures
from muster.analysis.ready import ReadyFrames
from muster.core.errors import MusterError
from muster.core.settings import load_settings
from muster.reports.assumptions.load import COMPANY
from muster.reports.assumptions.people import load_human_cost
from muster.reports.frame_store import FrameStore

FRESH: Final = timedelta(seconds=10)
STALE: Final = timedelta(seconds=60)
PATIENCE_SECONDS: Final = 0.5
"""How long a page waits for what is being made again, when that took no longer the last time."""
HEAD_START_SECONDS: Final = 1.0
"""How long making again is put off when nobody waits for it, so that the page has the processor first."""
_MOST_PICTURES: Final = 12
"""Choices of period and team whose pictures are held; each may hold every task."""
_MOST_DERIVED: Final = 64

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Shown(Generic[Value]):
    """A value, as of when it is, and why there is no newer one."""

    value: Value
    at: datetime
    failure: MusterError | None = None
    """None while it can be made."""


class Live(Generic[Value]):
    """A value that is made again when it is asked for and old; safe to ask from several threads."""

    def __init__(
        self,
        make: Callable[[], Shown[Value]],
        age: Callable[[Shown[Value]], timedelta],
        fresh: timedelta = FRESH,
        patience_seconds: float = PATIENCE_SECONDS,
        head_start_seconds: float = 0.0,
    ) -> None:
        """
        Args:
            age: of what is at hand.
            fresh: up to this age it is not made again.
            patience_seconds: how long to wait for what takes no longer than that to make.
            head_start_seconds: how long to put off what takes longer than that and is not waited for.
        """
        self._make = make
        self._age = age
        self._fresh = fresh
        self._patience_seconds = patience_seconds
        self._head_start_seconds = head_start_seconds
        self._shown: Shown[Value] | None = None
        self._took = 0.0
        self._asking = Lock()
        self._at_work: Thread | None = None

    def shown(self) -> Shown[Value]:
        """The value at hand, a moment after being asked at most; the first one takes as long as it takes.

        Raises:
            MusterError: as the maker does, while there is no value at all.
        """
        with self._asking:
            if self._shown is None:
                self._shown = self._made()
            age = self._age(self._shown)
            busy = self._at_work is not None and self._at_work.is_alive()
            if not busy and age > self._fresh:
                waited_for = age > STALE or self._took < self._patience_seconds
                put_off = 0.0 if waited_for else self._head_start_seconds
                self._at_work = Thread(target=self._again, args=(self._shown, put_off), daemon=True)
                self._at_work.start()
            at_work = self._at_work
        if at_work is not None and age > STALE:
            at_work.join()
        elif at_work is not None and self._took < self._patience_seconds:
            at_work.join(self._patience_seconds)
        return self._shown

    def _again(self, before: Shown[Value], put_off: float) -> None:
        sleep(put_off)
        try:
            self._shown = self._made()
        except MusterError as failure:
            self._shown = replace(before, failure=failure)

    def _made(self) -> Shown[Value]:
        began = perf_counter()
        made = self._make()
        self._took = perf_counter() - began
        return made


class LiveRecord:
    """One record's frames, and the pictures that were asked for last."""

    def __init__(
        self,
        read: Callable[[], ReadyFrames],
        human: HumanCost,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience_seconds: float = PATIENCE_SECONDS,
        head_start_seconds: float = 0.0,
    ) -> None:
        """
        Args:
            read: gives the frames as they are now.
            patience_seconds: as of `Live`.
            head_start_seconds: as of `Live`.
        """
        self._patience_seconds = patience_seconds
        self._head_start_seconds = head_start_seconds
        self._read = read
        self._human = human
        self._now = now
        self._frames = Live(
            self._read_now,
            lambda shown: now() - shown.at,
            patience_seconds=patience_seconds,
            head_start_seconds=head_start_seconds,
        )
        self._assessed = self._made_of(lambda shown: _assessed(shown.value))
        self._pictures: OrderedDict[tuple[str, str | None], Live[list[Picture]]] = OrderedDict()
        self._derived: OrderedDict[tuple[Hashable, ...], tuple[datetime, Any]] = OrderedDict()
        self._lock = Lock()

    def frames(self) -> Shown[ReadyFrames]:
        """The frames at hand.

        Raises:
            MusterError: the record cannot be read, and never could.
        """
        return self._frames.shown()

    def assessed(self) -> Shown[pl.DataFrame]:
        """The `Assessed tasks` at hand.

        Raises:
            MusterError: as `frames` does.
        """
        return self._assessed.shown()

    def drawn(
        self, name: str, team: str | None, within: Callable[[datetime], Period]
    ) -> Shown[list[Picture]]:
        """The pictures at hand of a period and a team.

        Args:
            name: of the period.
            within: the stretch of time it stands for at a moment.

        Raises:
            MusterError: as `frames` does.
        """
        with self._lock:
            live = self._pictures.get((name, team)) or self._live(team, within)
            self._pictures[name, team] = live
            self._pictures.move_to_end((name, team))
            while len(self._pictures) > _MOST_PICTURES:
                self._pictures.popitem(last=False)
        return replace(live.shown(), failure=self._frames.shown().failure)

    def derived(self, key: tuple[Hashable, ...], at: datetime, make: Callable[[], Value]) -> Value:
        """What `make` gives of pictures as of `at`, made once for all who ask.

        Args:
            key: what it is, and of which choices.
        """
        with self._lock:
            known = self._derived.get(key)
        if known is None or known[0] != at:
            known = (at, make())
            with self._lock:
                self._derived[key] = known
                self._derived.move_to_end(key)
                while len(self._derived) > _MOST_DERIVED:
                    self._derived.popitem(last=False)
        value: Value = known[1]
        return value

    def _read_now(self) -> Shown[ReadyFrames]:
        at = self._now()
        return Shown(self._read(), at)

    def _live(self, team: str | None, within: Callable[[datetime], Period]) -> Live[list[Picture]]:
        return self._made_of(
            lambda shown: pictures(
                shown.value, human=self._human, now=shown.at, period=within(shown.at), team=team
            )
        )

    def _made_of(self, make: Callable[[Shown[ReadyFrames]], Value]) -> Live[Value]:
        """What is made of the frames, and old when there are newer ones."""

        known: list[ReadyFrames] = []

        def made() -> Shown[Value]:
            of = self._frames.shown()
            known[:] = [of.value]
            return Shown(make(of), of.at)

        def age(shown: Shown[Value]) -> timedelta:
            of = self._frames.shown()
            since = of.at - shown.at
            return timedelta(0) if since <= STALE and known and known[0] is of.value else since

        return Live(made, age, timedelta(0), self._patience_seconds, self._head_start_seconds)


def _assessed(frames: ReadyFrames) -> pl.DataFrame:
    return assessed_tasks_of(frames.tasks.lazy(), frames.methods.lazy()).collect()


def of_record(url: str) -> LiveRecord:
    """What is held of the record at `url`, for all sessions of this server; anew when people's time changes.

    Raises:
        MusterError: what people's time costs cannot be read.
    """
    file = load_settings().assumptions_dir / COMPANY
    return _held(url, file.stat().st_mtime_ns if file.is_file() else 0)


@st.cache_resource(max_entries=4, show_spinner="Reading the ledger")
def _held(url: str, changed_at_ns: int) -> LiveRecord:  # noqa: ARG001 a part of the key
    settings = load_settings()
    read, human = FrameStore.of(settings, url).frames, load_human_cost(settings.assumptions_dir)
    return LiveRecord(read, human, head_start_seconds=HEAD_START_SECONDS)
