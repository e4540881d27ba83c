"""Which model serves a role: as good as the best, worse, or not to be told; counted by hand."""

from decimal import Decimal

import polars as pl
import pytest

from muster.analysis.frames import FrameError
from muster.analysis.model_choice import REPRICED, ROLE_MODELS, TOKEN_PRICES, repriced, role_models
from muster.analysis.tasks import task_rows
from tests.unit.analysis.story import NOON, Story

PRICES = pl.DataFrame(
    [
        ("dear", Decimal("0.000010"), Decimal("0.000001"), Decimal("0.0000125"), Decimal("0.000050")),
        ("cheap", Decimal("0.000001"), Decimal("0.0000001"), Decimal("0.00000125"), Decimal("0.000005")),
    ],
    schema=TOKEN_PRICES.schema,
    orient="row",
)


def tasks_of(story: Story, model: str, usd: str, right: int, wrong: int, role: str = "writer") -> None:
    """Ended tasks in each of which the model was asked once."""
    for number in range(right + wrong):
        task = f"tsk_{role}_{model}_{number}"
        story.event(
            "model_call.settled", NOON, task_id=task, team="support", subject=model, role=role,
            model_source="claude", status="ok", latency_ms=100 + number, cost_usd=Decimal(usd),
            input_tokens=1000, output_tokens=100, cache_read_tokens=0, cache_write_tokens=0,
        )  # fmt: skip
        story.event("task.ended", NOON, task_id=task, team="support", status="completed")
        truth = "correct" if number < right else "wrong"
        story.event("outcome.scored", NOON, task_id=task, team="support", status=truth)


def rows(story: Story) -> dict[str, dict[str, object]]:
    events = story.frame().lazy()
    frame = role_models(events, task_rows(events)).collect()
    assert frame.schema == ROLE_MODELS.schema
    return {row["model"]: row for row in frame.iter_rows(named=True)}


def test_a_cheaper_model_that_holds_is_named() -> None:
    story = Story()
    tasks_of(story, "dear", "0.020000", right=980, wrong=20)
    tasks_of(story, "cheap", "0.002000", right=975, wrong=25)
    found = rows(story)
    assert found["dear"]["verdict"] == "best"
    cheap = found["cheap"]
    assert (cheap["verdict"], cheap["calls"], cheap["tasks"], cheap["completed"]) == (
        "as good and cheaper", 1000, 1000, 1000,
    )  # fmt: skip
    assert (cheap["right_share"], cheap["usd_per_call"]) == (0.975, pytest.approx(0.002))
    assert (cheap["p50_ms"], cheap["p95_ms"]) == (600, 1049)
    assert cheap["cost_usd"] == Decimal("2.000000")


def test_a_worse_one_is_called_worse_and_a_small_sample_is_not_judged() -> None:
    story = Story()
    tasks_of(story, "dear", "0.020000", right=190, wrong=10)
    tasks_of(story, "cheap", "0.002000", right=150, wrong=50)
    tasks_of(story, "new", "0.001000", right=29, wrong=0)
    found = rows(story)
    assert found["cheap"]["verdict"] == "worse"
    assert (found["new"]["verdict"], found["new"]["right_share"]) == ("too few", None)


def test_what_the_intervals_leave_open_cannot_be_told() -> None:
    story = Story()
    tasks_of(story, "dear", "0.020000", right=38, wrong=2)
    tasks_of(story, "cheap", "0.002000", right=36, wrong=4)
    assert rows(story)["cheap"]["verdict"] == "cannot tell"


def test_a_model_alone_in_its_role_is_held_against_nobody() -> None:
    story = Story()
    tasks_of(story, "dear", "0.020000", right=50, wrong=0)
    assert rows(story)["dear"]["verdict"] == "only one"


def test_the_same_tokens_on_another_model() -> None:
    story = Story()
    tasks_of(story, "dear", "0.015000", right=2, wrong=0)
    frame = repriced(story.frame().lazy(), PRICES.lazy()).collect()
    assert frame.schema == REPRICED.schema
    assert frame.select("model", "calls", "usd").rows() == [
        ("cheap", 2, Decimal("0.003000")),
        ("dear", 2, Decimal("0.030000")),
    ]
    assert frame["change"].to_list() == [pytest.approx(-0.9), 0.0]


def test_no_calls_are_no_rows() -> None:
    assert rows(Story()) == {}
    assert repriced(Story().frame().lazy(), PRICES.lazy()).collect().is_empty()


def test_another_frame_is_refused() -> None:
    with pytest.raises(FrameError, match="events frame"):
        repriced(pl.LazyFrame({"a": [1]}), PRICES.lazy())
