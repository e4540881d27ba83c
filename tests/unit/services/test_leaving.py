"""A run is told to leave through the context it runs in."""

import contextvars

from muster.services.orchestration.leaving import Leaving, on_leaving


def test_a_run_hears_that_it_is_to_leave_once() -> None:
    leaving, context = Leaving(), contextvars.copy_context()
    heard: list[str] = []
    leaving.within(context)
    context.run(on_leaving, lambda: heard.append("leave"))
    assert heard == []
    leaving.tell()
    leaving.tell()
    assert heard == ["leave"]


def test_who_asks_late_is_told_at_once() -> None:
    leaving, context = Leaving(), contextvars.copy_context()
    leaving.within(context)
    leaving.tell()
    heard: list[str] = []
    context.run(on_leaving, lambda: heard.append("leave"))
    assert heard == ["leave"]


def test_where_no_runner_is_nobody_is_told() -> None:
    on_leaving(lambda: None)
