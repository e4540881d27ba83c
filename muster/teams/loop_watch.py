"""Shows the loop breaker a run's tool calls as they were made, told apart by what matters in them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from muster.core.canonical import sha256_hex
from muster.ledger.events import Effect
from muster.teams.loops import LoopBreaker, Step, StepStatus
from muster.teams.standard_rules import LoopRules

SHORTEST_NAME = 2
"""Characters an argument needs before finding it in a text says anything."""

_A_TIME = re.compile(r":\d\d:\d\d")
"""Finds out quickly whether there is a time at all; most results have none."""
_TIMES = re.compile(r"(?:\d{4}-\d\d-\d\d[T ])?\b\d\d?:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_REQUEST_NUMBERS = re.compile(r'"(?:request|trace|correlation)_?[iI]d" ?: ?"[^"]*"')


class LoopWatch:
    """Watches the tool calls of one run; one that is taken over shows it the recorded calls again."""

    def __init__(self, rules: LoopRules, given: str = "") -> None:
        """
        Args:
            rules: the standard's.
            given: the text of the task, whose items an agent may work through.
        """
        self._breaker = LoopBreaker(rules)
        self._given = [given]

    def saw(
        self,
        agent: str,
        tool: str,
        arguments: Mapping[str, Any],
        result: str,
        status: StepStatus,
        effect: Effect | None = None,
    ) -> str | None:
        """Why the run should stop after this call, for a person to read; None while it gets somewhere.

        Args:
            agent: who made it.
            tool: its name, also when there is no such tool.
            arguments: as the model gave them.
            result: the text the agent is given, also when that is an error or a refusal.
            status: how it ended.
            effect: what the tool does to the world; None when that is not known.
        """
        gist = gist_of(result)
        step = Step(
            agent=agent,
            tool=tool,
            arguments_sha256=_hash(json.dumps(arguments, sort_keys=True, default=str)),
            result_sha256=_hash(result),
            status=status,
            effect=effect,
            gist_sha256=None if gist == result else _hash(gist),
            announced=self._announced(arguments),
        )
        self._given.append(result)
        return self._breaker.saw(step)

    def _announced(self, arguments: Mapping[str, Any]) -> bool:
        names = list(_leaves(arguments))
        return bool(names) and all(
            len(name) >= SHORTEST_NAME and any(name in text for text in self._given) for name in names
        )


def gist_of(result: str) -> str:
    """The result without the times and request numbers in it."""
    gist = _REQUEST_NUMBERS.sub("", result)
    return _TIMES.sub("", gist) if _A_TIME.search(gist) else gist


def _leaves(value: object) -> Iterator[str]:
    """Every text and number in an argument, however deep."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _hash(text: str) -> str:
    return sha256_hex(text.encode("utf-8", "surrogatepass"))
