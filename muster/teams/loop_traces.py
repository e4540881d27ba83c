"""The labelled traces the loop breaker is measured on: loops, and work that looks like them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from muster.core.errors import OperatorError
from muster.core.settings import PROJECT_ROOT
from muster.ledger.events import Effect
from muster.teams.loops import StepStatus

TRACES_FOLDER = PROJECT_ROOT / "data" / "standard" / "loops"
LOOP_BEGINS = "~~~"

_LINE = re.compile(
    r"(?:(?P<times>\d+)x )?(?:(?P<agent>[a-z_]+): )?(?P<tool>[\w-]+)(?P<effect>[*?]?)"
    r"\((?P<arguments>.*?)\) ->(?P<status>[!x?]?) (?P<result>.+)"
)
_EFFECTS: Mapping[str, Effect | None] = {"": "read", "*": "write", "?": None}
_STATUS: Mapping[str, StepStatus] = {"": "ok", "!": "tool_error", "x": "refused", "?": "transport_error"}


class TraceError(OperatorError):
    """A labelled trace cannot be read."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as a trace tells it."""

    agent: str
    tool: str
    arguments: Mapping[str, str]
    """By their position."""
    result: str
    status: StepStatus
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Trace:
    """A run's tool calls, and whether they are a loop."""

    name: str
    source: str
    """`written` by hand, or `generated`."""
    held_out: bool
    """The rules were not tuned on it."""
    task: str
    """The text of the task; empty when it does not matter."""
    calls: tuple[Call, ...]
    loop_begins: int | None
    """Calls before the first one that leads nowhere; null for work, which must not be stopped at all."""


def load_traces(folder: Path = TRACES_FOLDER) -> list[Trace]:
    """Every trace in the folder's YAML files, by file and place.

    Raises:
        TraceError: a file cannot be read, or a call in it is not written as the others are.
    """
    return [trace for file in sorted(folder.glob("*.yaml")) for trace in _read(file)]


def _read(file: Path) -> Iterator[Trace]:
    try:
        entries = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise TraceError(str(error).splitlines()[0], where=str(file), do="mend the file") from error
    for entry in entries or []:
        begins, calls = parse_calls(entry["calls"], f"{file}: {entry['name']}")
        yield Trace(
            name=entry["name"],
            source=file.stem.split("_")[0],
            held_out=file.stem.endswith("held_out"),
            task=entry.get("task", ""),
            calls=calls,
            loop_begins=begins,
        )


def parse_calls(text: str, where: str) -> tuple[int | None, tuple[Call, ...]]:
    """How many calls there are before the loop (None for work), and the calls written in `text`, one a line.

    A line is `agent: tool(arguments) -> result`; the agent may be left out. `tool*` changes something, the
    effect of `tool?` is unknown, other tools read. `->!` is a tool's error, `->x` a refusal, `->?` a system
    that was away. `3x ` before a line writes it three times. A line `~~~` says: from here on it is a loop.

    Raises:
        TraceError: a line is written otherwise.
    """
    begins: int | None = None
    calls: list[Call] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line == LOOP_BEGINS:
            begins = len(calls)
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise TraceError(f"not a call: {line}", where=where, do="write `tool(arguments) -> result`")
        calls.extend([_call(match)] * int(match["times"] or 1))
    return begins, tuple(calls)


def _call(match: re.Match[str]) -> Call:
    arguments = enumerate(filter(None, match["arguments"].split(", ")))
    return Call(
        agent=match["agent"] or "desk",
        tool=match["tool"],
        arguments={str(position): value for position, value in arguments},
        result=match["result"],
        status=_STATUS[match["status"]],
        effect=_EFFECTS[match["effect"]],
    )
