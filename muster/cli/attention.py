"""A person's time on what they were asked, as commands take it."""

from typing import Annotated

import typer

Minutes = Annotated[
    float | None,
    typer.Option(min=0, max=10_000, help="Your minutes on it; they count as cost instead of the assumption."),
]


def seconds(minutes: float | None) -> int | None:
    """Whole seconds; None stays None."""
    return None if minutes is None else round(minutes * 60)
