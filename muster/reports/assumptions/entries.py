"""One figure of an assumptions file: its value, its unit, where it comes from. A class for each unit."""

import math
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from muster.analysis.roi.inputs import Quantity
from muster.analysis.roi.spreads import Spread
from muster.reports.assumptions.spread import spread_of

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Entry(BaseModel):
    """A figure somebody answers for."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True
    )
    most: ClassVar[float] = math.inf

    value: Annotated[Spread, PlainValidator(spread_of)]
    """A number or a distribution; never below zero."""
    unit: str
    """What it is counted in; each field has one unit."""
    source: Words
    """Who says so, or where it was measured."""

    @field_validator("value")
    @classmethod
    def _within(cls, value: Spread) -> Spread:
        if value.lowest < 0:
            what = f"it can be {value.lowest:g}, below zero"
            raise PydanticCustomError("spread", "{what}", {"what": what, "do": "give zero or more"})
        if value.highest > cls.most:
            what = f"it can be {value.highest:g}, above {cls.most:g}"
            do = "write a share from 0 to 1, such as 0.8 for 80 %"
            raise PydanticCustomError("spread", "{what}", {"what": what, "do": do})
        return value

    def quantity(self) -> Quantity:
        """What the return is calculated with."""
        return Quantity(spread=self.value, basis="assumption", source=self.source)


class Share(Entry):
    """A part of a whole."""

    most: ClassVar[float] = 1.0
    unit: Literal["share"]


class ShareAYear(Entry):
    """A rate of interest."""

    most: ClassVar[float] = 1.0
    unit: Literal["share/year"]


class TasksAMonth(Entry):
    """A volume of work."""

    unit: Literal["tasks/month"]


class MinutesATask(Entry):
    """A person's time for one task."""

    unit: Literal["minutes/task"]
    found_by: Literal["stopwatch", "timesheet", "sampled records", "interview", "estimate"]
    """How the minutes were found, the most reliable way first."""

    def quantity(self) -> Quantity:
        """What the return is calculated with; says how the minutes were found."""
        found = f"{self.found_by}: {self.source}"
        return Quantity(spread=self.value, basis="assumption", source=found)


class MinutesAnEscalation(Entry):
    """A person's time for one call."""

    unit: Literal["minutes/escalation"]


class MinutesAnApproval(Entry):
    """A person's time for one decision."""

    unit: Literal["minutes/approval"]


class MinutesAnError(Entry):
    """A person's time to find and undo one wrong result."""

    unit: Literal["minutes/error"]


class Months(Entry):
    """A stretch of time."""

    unit: Literal["months"]


class Usd(Entry):
    """Money, once."""

    unit: Literal["usd"]


class UsdAMonth(Entry):
    """Money, every month."""

    unit: Literal["usd/month"]


class UsdAnHour(Entry):
    """The price of an hour."""

    unit: Literal["usd/hour"]


class UsdAnError(Entry):
    """What a wrong result costs."""

    unit: Literal["usd/error"]


class UsdATask(Entry):
    """What machines cost for one task."""

    unit: Literal["usd/task"]


class CallsATask(Entry):
    """How often a person is called."""

    unit: Literal["calls/task"]


class ApprovalsATask(Entry):
    """How often a person is asked to approve."""

    unit: Literal["approvals/task"]
