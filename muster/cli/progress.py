"""Progress of long commands on standard error, one bar a step."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Steps:
    """Bars that appear when first told of; plain lines where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: dict[str, TaskID] = {}
        self._done: set[str] = set()
        self._progress = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def told(self, step: str, done: int, total: int) -> None:
        """Show how far a step is."""
        if step not in self._bars:
            self._bars[step] = self._progress.add_task(step, total=total)
            if not self._console.is_terminal:
                self._console.print(f"{step} …")
        self._progress.update(self._bars[step], completed=done, total=total)
        if not self._console.is_terminal and done == total and step not in self._done:
            self._done.add(step)
            self._console.print(f"{step}: {done} of {total}")
