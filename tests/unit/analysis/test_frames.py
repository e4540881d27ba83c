import polars as pl
import pytest

from muster.analysis.frames import EVENTS, FrameError
from muster.analysis.tasks import task_rows
from muster.ledger.reader import EVENT_FRAME
from tests.unit.analysis.story import Story


def test_the_reader_gives_exactly_what_the_analysis_expects() -> None:
    assert EVENTS.schema == pl.Schema(EVENT_FRAME)


def test_a_frame_error_names_every_fault() -> None:
    broken = Story().frame().drop("seq").with_columns(pl.col("cost_usd").cast(pl.Float64))

    with pytest.raises(FrameError) as refusal:
        task_rows(broken.lazy())

    assert "seq is missing" in str(refusal.value)
    assert "cost_usd is Float64, not Decimal" in str(refusal.value)
