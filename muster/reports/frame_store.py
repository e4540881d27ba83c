"""The ready-made frames of an installation, up to now: of what is sealed kept on disk, and the rest added.

Only what is sealed and mirrored is kept, since nothing can come before it any more; the open tail is added
each time. What new events concern is made again from all its events, so that the frames are those that
reading the whole record would give.
"""

import logging
from pathlib import Path
from threading import Lock
from typing import Final, Self

import polars as pl

from muster.analysis.frames import EVENTS
from muster.analysis.ready import ReadyFrames, brought_up, spans_of
from muster.core.settings import Settings
from muster.ledger.reader import LedgerReader, Mark
from muster.reports.frame_files import FrameFiles, FramesNotKeptError, Kept

_FEWEST: Final = 5_000
"""Below so many new places in the order nothing is written: reading them again takes no time."""
_SHARE: Final = 50
"""Written again when a fiftieth is new, so that all writing together stays in proportion to the record."""
_IN_MEMORY: Final = 500_000
"""Up to so many new events, they and the old ones of their tasks are read once and held."""

_log = logging.getLogger(__name__)


class FrameStore:
    """Gives the frames of one record; safe to ask from several threads."""

    def __init__(self, reader: LedgerReader, files: FrameFiles, fewest: int = _FEWEST) -> None:
        """
        Args:
            fewest: places in the order that must be new before anything is written.
        """
        self._fewest = fewest
        self._reader = reader
        self._files = files
        self._base: Kept | None = None
        self._given: tuple[Kept | None, tuple[int, int | None], ReadyFrames] | None = None
        self._lock = Lock()

    @classmethod
    def of(cls, settings: Settings, url: str) -> Self:
        """Those of the installation's record, whose database is at `url`."""
        return cls(LedgerReader.of(settings, url), FrameFiles(frames_dir(settings)))

    def frames(self) -> ReadyFrames:
        """The frames of every event recorded up to now; the very same ones while nothing is new.

        Raises:
            LedgerUnavailableError: the database cannot be reached.
            NotMigratedError: the database holds no ledger.
            MirrorFileMissingError: events that Postgres has let go of are in a file that is missing.
            MirrorUnavailableError: the mirror cannot be read.
        """
        with self._lock:
            base = self._sealed()
            try:
                self._keep_if_due(base)
            except FramesNotKeptError as error:
                _log.warning("%s; figures are made without: %s", error, error.do)
            frames, after = (ReadyFrames.empty(), 0) if base is None else (base.frames, base.mark.last_seq)
            new = self._reader.scan(after_seq=after)
            seen = new.select(pl.len(), pl.col("seq").max()).collect(engine="streaming").row(0)
            if self._given is None or self._given[0] is not base or self._given[1] != seen:
                self._given = (base, seen, self._with(frames, new))
            return self._given[2]

    def keep(self) -> bool:
        """Write the frames of what is sealed when enough of it is new; whether they were written.

        Raises:
            FramesNotKeptError: they cannot be written.
            LedgerUnavailableError, NotMigratedError: as `frames` does.
            MirrorFileMissingError, MirrorUnavailableError: as `frames` does.
        """
        with self._lock:
            mark = self._reader.mark()
            if mark is None or not self._due(mark):
                return False
            return self._keep_if_due(self._sealed())

    def _sealed(self) -> Kept | None:
        """The frames up to the newest mark; None when nothing is sealed and mirrored."""
        base = self._base or self._files.newest()
        if base is not None and not self._reader.holds(base.mark):
            self._files.remove()  # those of another record, in a home that was used before
            base = None
        mark = self._reader.mark()
        if mark is not None and (base is None or base.mark.last_seq < mark.last_seq):
            frames, after = (ReadyFrames.empty(), 0) if base is None else (base.frames, base.mark.last_seq)
            new = self._reader.scan(after_seq=after).filter(pl.col("seq") <= mark.last_seq)
            base = Kept(self._with(frames, new), mark)
        self._base = base
        return base

    def _with(self, kept: ReadyFrames, new: pl.LazyFrame) -> ReadyFrames:
        if kept.tasks.is_empty():
            return brought_up(kept, EVENTS.empty().lazy(), new)
        concerned = new.select("task_id", "seq").collect(engine="streaming")
        touched = concerned["task_id"].drop_nulls().unique()
        theirs = pl.col("task_id").is_in(touched.implode())
        known = kept.tasks.filter(theirs)
        old = self._reader.scan_spans(spans_of(known)).filter(theirs)
        if concerned.height <= _IN_MEMORY:
            new = new.collect(engine="streaming").lazy()
            old = old.collect(engine="streaming").lazy()
        return brought_up(kept, old, new)

    def _due(self, mark: Mark) -> bool:
        kept = self._files.newest_seq()
        return kept > mark.last_seq or mark.last_seq - kept >= max(self._fewest, kept // _SHARE)

    def _keep_if_due(self, base: Kept | None) -> bool:
        if base is None or not base.frames.events or not self._due(base.mark):
            return False
        self._files.keep(base)
        return True


def frames_dir(settings: Settings) -> Path:
    """Where ready-made frames are kept; it may be removed at any time."""
    return settings.ledger_dir / "frames"
