"""What it costs to know where the values of a call come from, after a run of forty calls.

`python -m tests.benchmarks.provenance [--json] [--calls N] [--rounds N]`: CPU time of one judgement and of
taking in one answer, against judging from the whole history read afresh, in turns.
"""

import argparse
import json
from collections.abc import Callable
from time import process_time
from typing import Any

from muster.gateway.provenance.history import CallMade, History, TaskGiven
from muster.gateway.provenance.policy import ProvenancePolicy
from muster.gateway.registration import ToolRegistration
from tests.benchmarks.measure import Comparison, report
from tests.unit.gateway.provenance.runs import Tool

TOOLS = {
    name: ToolRegistration.model_validate(said)
    for name, said in {
        "shop__customer": {
            "effect": "read",
            "returns": {
                "trusted": {"id": "customer_id", "email": "email"},
                "identified_by": ["customer_id", "email"],
            },
        },
        "shop__orders": {
            "effect": "read",
            "returns": {
                "trusted": {
                    "orders[].number": "order",
                    "orders[].customer": "customer_id",
                    "orders[].left": "left",
                },
                "identified_by": ["order", "customer_id"],
                "confidential": True,
            },
        },
        "shop__note": {"effect": "write", "free_text": ["note"], "kinds": {"order": "order"}},
        "shop__refund": {
            "effect": "money",
            "amount": "amount",
            "payee": ["order"],
            "idempotency_key": "key",
            "free_text": ["reason"],
        },
        "mail__send": {"effect": "external", "recipient": ["to"], "free_text": ["subject", "body"]},
    }.items()
}
POLICY = ProvenancePolicy.model_validate(
    {
        "trusted_sources": ["request"],
        "known": {"email": ["*@company.example"]},
        "rules": [
            {"rule": "own", "anchors": {"email": "task.sender"}},
            {"rule": "answer", "tools": ["mail__*"], "arguments": {"to": "task.sender"}},
            {"rule": "refund", "tools": ["shop__refund"], "arguments": {"amount": {"at_most": "row.left"}}},
        ],
    }
)
TASK = TaskGiven(
    source="mail:support@company.example",
    channel="mail",
    sender="anna@web.example",
    subject="My order B-1000",
    text="Please pay back B-1000, " + "as we said on the telephone on 15 May 2026. " * 20,
)
BODY = "Dear Anna, we have paid back 20.00 for B-1000. Your order: https://company.example/B-1000. " * 5


def calls(count: int) -> list[CallMade]:
    """A run of `count` calls: customers, lists of twenty orders as JSON text, and notes written."""
    made = []
    for number in range(count):
        if number % 4 == 3:
            tool, arguments, answer = "shop__note", {"order": f"B-{1000 + number}", "note": BODY}, "{}"
        elif number % 4 == 0:
            email = "anna@web.example" if number == 0 else f"p{number}@web.example"
            tool, arguments = "shop__customer", {"email": email}
            answer = json.dumps({"id": f"C-{number}", "email": email, "name": "Anna"})
        else:
            tool, arguments = "shop__orders", {"customer": f"C-{number - 1}"}
            orders: list[dict[str, Any]] = [
                {
                    "number": f"B-{1000 + each + 20 * number}",
                    "customer": f"C-{number % 7}",
                    "left": each + 20.5,
                    "note": BODY[:80],
                }
                for each in range(20)
            ]
            answer = json.dumps({"orders": orders})
        made.append(
            CallMade(
                call_id=f"1.{number}",
                tool=tool,
                arguments=arguments,
                answer=answer,
                effect=TOOLS[tool].effect,
            )
        )
    return made


def history(made: list[CallMade]) -> History:
    """A history that has seen the calls."""
    seen = History(TASK, POLICY, "support", "clerk", TOOLS.get)
    for call in made:
        seen.saw(call)
    return seen


QUESTIONS = (
    ("shop__refund", {"order": "B-1285", "amount": 20, "key": "k-1000", "reason": "as agreed"}),
    ("mail__send", {"to": "anna@web.example", "subject": "Your order", "body": BODY}),
    ("mail__send", {"to": "eve@evil.example", "subject": "Your order", "body": BODY + "eve@evil.example"}),
)


def judged(seen: History) -> None:
    """Every question once."""
    for name, arguments in QUESTIONS:
        seen.tracing_of(Tool(name, TOOLS[name], {}), arguments)


def micros(work: Callable[[], object], times: int, per: int) -> float:
    """CPU microseconds of one piece of work, of which each of the `times` has `per`."""
    began = process_time()
    for _ in range(times):
        work()
    return (process_time() - began) * 1e6 / (times * per)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    made = calls(chosen.calls)
    seen = history(made)
    one = Comparison("one call judged", "the whole history read afresh for it", "CPU µs", "lower", 0.1)
    add = Comparison("one answer taken in", "the whole history read afresh", "CPU µs", "lower", 0.1)
    for _ in range(chosen.rounds):
        one.ours.append(micros(lambda: judged(seen), 50, len(QUESTIONS)))
        afresh = micros(lambda: judged(history(made)), 2, 1)
        one.theirs.append(afresh)
        add.ours.append(micros(lambda: history(made), 2, len(made)))
        add.theirs.append(afresh)
    report(
        [one, add],
        as_json=chosen.json,
        calls=len(made),
        characters=sum(len(str(each.answer)) for each in made),
    )


if __name__ == "__main__":
    main()
