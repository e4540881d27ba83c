"""`python -m tests.unit.teams.loop_generator` writes the generated traces beside the ones written by hand.

Two files from two sets of patterns, so that the figures of the held-out one (`loop_generator_held_out`) say
something about runs the rules were not made for. The labels come from the pattern.
"""

import random
import sys
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from muster.teams.loop_traces import LOOP_BEGINS, TRACES_FOLDER

SEED = 20261121
EACH = 10
"""Traces of each pattern."""

Calls = list[str]
Pattern = Callable[[random.Random], Calls]

READS = (
    "find_customer",
    "get_order",
    "list_orders",
    "find_vendor",
    "get_contract",
    "get_invoice",
    "get_deal",
)
ACTS = ("issue_refund", "send_message", "record_invoice", "assign_lead", "add_note", "schedule_payment")
ANSWERS = ("ok", "done", "recorded", "accepted")
NOTHING = ("nobody", "not found", "none", "no match")
PROBLEMS = ("a field is missing", "the format is wrong", "locked", "not allowed here")


def call(tool: str, arguments: object, result: object, mark: str = "") -> str:
    """A call as the trace files write it."""
    return f"{tool}({arguments}) ->{mark} {result}"


def listing(chance: random.Random, n: int) -> str:
    named = chance.random() < 0.8
    return call("list_items", "", ", ".join(f"item {i}" for i in range(n)) if named else f"{n} items")


def opening(chance: random.Random, most: int = 4) -> Calls:
    """A few calls that get somewhere."""
    n = chance.randint(0, most)
    return [call(tool, f"x{i}", f"{tool} {i}") for i, tool in enumerate(chance.choices(READS, k=n))]


# -- work the rules were made with


def pages(chance: random.Random) -> Calls:
    tool = chance.choice(READS)
    return [call(tool, f"page {i}", f"rows of page {i}") for i in range(chance.randint(3, 9))]


def moving_job(chance: random.Random) -> Calls:
    shares = sorted(chance.sample(range(1, 99), chance.randint(2, 8)))
    return [call("get_job", 1, f"{share} %") for share in shares] + [call("get_job", 1, "done")]


def slow_job(chance: random.Random) -> Calls:
    states = ("queued", "running", "writing")
    return [call("get_job", 1, state) for state in states for _ in range(chance.randint(1, 2))] + [
        call("get_job", 1, "done")
    ]


def acts_on_a_list(chance: random.Random) -> Calls:
    tool, answer = chance.choice(ACTS), chance.choice(ANSWERS)
    return [call(f"{tool}*", f"item {i}", answer) for i in range(chance.randint(3, 14))]


def read_and_act(chance: random.Random) -> Calls:
    read, act, answer = chance.choice(READS), chance.choice(ACTS), chance.choice(ANSWERS)
    calls: Calls = []
    for i in range(chance.randint(2, 7)):
        calls += [call(read, f"item {i}", "open"), call(f"{act}*", f"item {i}", answer)]
    return calls


def tries_again(chance: random.Random) -> Calls:
    calls = opening(chance)
    for i, tool in enumerate(chance.choices(ACTS, k=chance.randint(1, 4))):
        calls += [call(f"{tool}*", i, chance.choice(PROBLEMS), "!") for _ in range(chance.randint(0, 2))]
        calls += [call(f"{tool}*", i, f"done {i}")]
    return calls


def looks_about(chance: random.Random) -> Calls:
    tool, nothing = chance.choice(READS), chance.choice(NOTHING)
    misses = [call(tool, f"words {i}", nothing) for i in range(chance.randint(1, 4))]
    return [*misses, call(tool, "right words", "found"), *opening(chance)]


def colleagues_read_again(chance: random.Random) -> Calls:
    reads = opening(chance, 3) or [call("get_order", 1, "o1")]
    agents = ("desk", "tracker", "keeper", "listener")[: chance.randint(2, 4)]
    return [f"{agent}: {one}" for agent in agents for one in dict.fromkeys(reads)]


# -- loops the rules were made with


def same_call(chance: random.Random) -> Calls:
    one = call(chance.choice(READS), "same", "same")
    return [*opening(chance), one, LOOP_BEGINS, *[one] * chance.randint(5, 10)]


def circle(chance: random.Random) -> Calls:
    around = [call(tool, "same", tool) for tool in chance.sample(READS, chance.randint(2, 5))]
    return [*opening(chance), *around, LOOP_BEGINS, *around * chance.randint(3, 5)]


def shuffled_circle(chance: random.Random) -> Calls:
    around = [call(tool, "same", tool) for tool in chance.sample(READS, chance.randint(2, 4))]
    again = [one for _ in range(6) for one in chance.sample(around, len(around))]
    return [*opening(chance), *around, LOOP_BEGINS, *again]


def flails(chance: random.Random) -> Calls:
    tool, nothing = chance.choice(READS), chance.choice(NOTHING)
    misses = [call(tool, f"words {i}", nothing) for i in range(chance.randint(9, 14))]
    return [*opening(chance), *misses[:4], LOOP_BEGINS, *misses[4:]]


def keeps_failing(chance: random.Random) -> Calls:
    tool = chance.choice(ACTS)
    fails = [call(f"{tool}*", f"try {i}", chance.choice(PROBLEMS), "!") for i in range(9)]
    return [*opening(chance), *fails[:2], LOOP_BEGINS, *fails[2:]]


def conflicts(chance: random.Random) -> Calls:
    read, act = chance.choice(READS), chance.choice(ACTS)
    rounds = [
        [call(read, 1, f"version {i}"), call(f"{act}*", i, f"version is {i + 1}", "!")]
        for i in range(chance.randint(4, 6))
    ]
    return [*opening(chance), *chain(*rounds[:2]), LOOP_BEGINS, *chain(*rounds[2:])]


# -- more work


def two_things_at_once(chance: random.Random) -> Calls:
    """Two patterns of work, their calls in each other's way."""
    left, right = (pattern(chance) for pattern in chance.sample(WORK, 2))
    right = [one.replace("(", "_b(", 1).replace("*_b(", "_b*(") for one in right]
    calls: Calls = []
    while left and right:
        calls.append((left if chance.random() < 0.5 else right).pop(0))
    return calls + left + right


def all_alike(chance: random.Random) -> Calls:
    """A list whose items all turn out the same; now and then the list does not name them."""
    n = chance.randint(2, 9)
    checks = [call("check", f"item {i}", "in order") for i in range(n)]
    return [listing(chance, n), *checks, call("send_message*", "report", "sent")]


def two_checks_an_item(chance: random.Random) -> Calls:
    n = chance.randint(2, 5)
    items = [
        [call("check_stock", f"item {i}", "in stock"), call("check_price", f"item {i}", "as agreed")]
        for i in range(n)
    ]
    return [listing(chance, n), *chain(*items), call("order*", "all", "ordered")]


def stands_still_for_a_while(chance: random.Random) -> Calls:
    waits = [call("get_job", 1, "running")] * chance.randint(1, 4)
    return [call("start*", 1, "job 1"), *waits, call("get_job", 1, "done"), *opening(chance)]


def bad_morning(chance: random.Random) -> Calls:
    """Several tools fail before one works."""
    fails = [
        call(chance.choice(READS), i, chance.choice(PROBLEMS), chance.choice("!?x"))
        for i in range(chance.randint(1, 4))
    ]
    return [*fails, call("get_order", 1, "o1"), *opening(chance)]


def careful(chance: random.Random) -> Calls:
    """Reads the same record before and after each of its acts."""
    look = call("get_order", 1, "o1")
    calls = [look]
    for i in range(chance.randint(1, 5)):
        calls += [call(f"{chance.choice(ACTS)}*", i, "ok"), *[look] * chance.randint(1, 2)]
    return calls


# -- more loops


def circle_with_a_clock(chance: random.Random) -> Calls:
    around = [call(tool, "same", tool) for tool in chance.sample(READS, chance.randint(1, 3))]
    rounds = [[*around, call("now", "", f"10:00:{i:02}")] for i in range(10)]
    return [*rounds[0], LOOP_BEGINS, *chain(*rounds[1:])]


def circle_with_slips(chance: random.Random) -> Calls:
    """Round and round, now and then with an error in between."""
    around = [call(tool, "same", tool) for tool in chance.sample(READS, chance.randint(2, 4))]
    again: Calls = []
    for i in range(chance.randint(12, 18)):
        slip = chance.random() < 0.2
        again.append(call("lookup?", i, "no such tool", "!") if slip else chance.choice(around))
    return [*opening(chance), *around, LOOP_BEGINS, *again]


def flails_in_two_places(chance: random.Random) -> Calls:
    one, two = chance.sample(READS, 2)
    nothing = dict(zip((one, two), chance.sample(NOTHING, 2), strict=True))
    tools = chance.choices((one, two), k=18)
    misses = [call(tool, f"words {i}", nothing[tool]) for i, tool in enumerate(tools)]
    return [*misses[:6], LOOP_BEGINS, *misses[6:]]


def undoes_itself(chance: random.Random) -> Calls:
    there, back = (call("set_owner*", name, f"now {name}") for name in chance.sample(ANSWERS, 2))
    return [*opening(chance), there, back, LOOP_BEGINS, *[there, back] * chance.randint(3, 5)]


def same_with_a_stamp(chance: random.Random) -> Calls:
    """The answer carries its time: by its hash it is new each time."""
    reads = [call("get_order", 1, f"delivered, read at 10:00:{i:02}") for i in range(12)]
    return [*opening(chance), reads[0], LOOP_BEGINS, *reads[1:]]


def begins_late(chance: random.Random) -> Calls:
    good = chain(*(pattern(chance) for pattern in chance.sample(WORK[:4], 2)))
    bad = chance.choice((same_call, circle, keeps_failing))(chance)
    return [*good, *bad]


WORK: Sequence[Pattern] = (
    pages,
    moving_job,
    acts_on_a_list,
    read_and_act,
    slow_job,
    tries_again,
    looks_about,
    colleagues_read_again,
)
LOOPS: Sequence[Pattern] = (same_call, circle, shuffled_circle, flails, keeps_failing, conflicts)
MORE_WORK: Sequence[Pattern] = (
    two_things_at_once,
    all_alike,
    two_checks_an_item,
    stands_still_for_a_while,
    bad_morning,
    careful,
)
MORE_LOOPS: Sequence[Pattern] = (
    circle_with_a_clock,
    circle_with_slips,
    flails_in_two_places,
    undoes_itself,
    same_with_a_stamp,
    begins_late,
)


def traces_text(patterns: Sequence[Pattern], seed: int) -> str:
    """A trace file with `EACH` traces of each pattern; the same seed gives the same text."""
    lines = ["# Written by tests/unit/teams/loop_generator.py; do not change by hand."]
    for pattern in patterns:
        for n in range(1, EACH + 1):
            chance = random.Random(f"{seed} {pattern.__name__} {n}")
            lines += [f"- name: {pattern.__name__.replace('_', ' ')} {n}", "  calls: |"]
            lines += [f"    {one}" for one in pattern(chance)]
    return "\n".join(lines) + "\n"


def files() -> dict[str, str]:
    """The text of each generated file, by its name."""
    from tests.unit.teams import loop_generator_held_out as held_out

    return {
        "generated_tuning.yaml": traces_text([*WORK, *MORE_WORK, *LOOPS, *MORE_LOOPS], SEED),
        "generated_held_out.yaml": traces_text(held_out.PATTERNS, SEED + 1),
    }


def write(folder: Path = TRACES_FOLDER) -> None:
    """Write both files."""
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.stdout.write(f"{TRACES_FOLDER}\n")
