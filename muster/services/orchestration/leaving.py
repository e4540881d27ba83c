"""How the runner tells a run under way that it is to end soon, of its own accord."""

import contextvars
from collections.abc import Callable


class Leaving:
    """Told to one run once; whoever works in it hears of it."""

    def __init__(self) -> None:
        self._told = False
        self._calls: list[Callable[[], None]] = []

    def tell(self) -> None:
        """Ask the run to take nothing more and to end when what it has in hand is finished."""
        if not self._told:
            self._told = True
            for call in self._calls:
                call()

    def then(self, call: Callable[[], None]) -> None:
        """Have `call` made when the run is told; at once when it was told already."""
        if self._told:
            call()
        else:
            self._calls.append(call)

    def within(self, context: contextvars.Context) -> None:
        """Make this what `on_leaving` finds in `context`."""
        context.run(_of_this_run.set, self)


_of_this_run: contextvars.ContextVar[Leaving | None] = contextvars.ContextVar("leaving", default=None)


def on_leaving(call: Callable[[], None]) -> None:
    """Have `call` made when the runner wants the present run to end soon.

    Where no warm runner executes it, it never is.
    """
    leaving = _of_this_run.get()
    if leaving is not None:
        leaving.then(call)
