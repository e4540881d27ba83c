"""Patterns of runs the loop breaker's rules were not made with; change none of them to suit a rule."""

import random
from collections.abc import Sequence

from muster.teams.loop_traces import LOOP_BEGINS
from tests.unit.teams.loop_generator import ACTS, NOTHING, PROBLEMS, READS, Calls, Pattern, call


def everyday(chance: random.Random) -> Calls:
    """New reads, acts, a slip, a second look at something: in any order."""
    calls: Calls = []
    reads: Calls = []
    for i in range(chance.randint(6, 18)):
        dice = chance.random()
        if dice < 0.15:
            calls.append(call(chance.choice(READS), f"slip {i}", chance.choice(PROBLEMS), "!"))
        elif dice < 0.3 and reads:
            calls.append(chance.choice(reads))
        elif dice < 0.55:
            calls.append(call(f"{chance.choice(ACTS)}*", f"deed {i}", "ok"))
        else:
            reads.append(call(chance.choice(READS), f"thing {i}", f"what thing {i} is"))
            calls.append(reads[-1])
    return calls


def reads_all_twice(chance: random.Random) -> Calls:
    reads = [call(chance.choice(READS), f"thing {i}", f"what {i} is") for i in range(chance.randint(2, 6))]
    return [*reads, *reads, call(f"{chance.choice(ACTS)}*", "all", "ok")]


def long_search(chance: random.Random) -> Calls:
    tools = chance.sample(READS, 2)
    nothing = dict(zip(tools, chance.sample(NOTHING, 2), strict=True))
    misses = [(tool, i) for i, tool in enumerate(chance.choices(tools, k=chance.randint(3, 7)))]
    return [*(call(tool, f"words {i}", nothing[tool]) for tool, i in misses), call(tools[0], "more", "found")]


def list_with_refusals(chance: random.Random) -> Calls:
    act = chance.choice(ACTS)
    return [
        call(f"{act}*", f"item {i}", "disputed" if i % 3 == 2 else "ok", "x" if i % 3 == 2 else "")
        for i in range(chance.randint(4, 12))
    ]


def list_in_a_list(chance: random.Random) -> Calls:
    owners = [f"c{n}0" for n in range(1, chance.randint(3, 5))]
    calls = [call("list_customers", "", " ".join(owners))]
    for owner in owners:
        orders = [f"{owner}-{n}" for n in range(chance.randint(1, 3))]
        calls.append(call("list_orders", owner, " ".join(orders)))
        calls += [call("get_order", order, chance.choice(("delivered", "on its way"))) for order in orders]
    return calls


def dialogue(chance: random.Random) -> Calls:
    calls: Calls = []
    for i in range(chance.randint(3, 8)):
        calls += [call("next_step", "", f"step {i}"), call("answer*", f"answer {i}", "ok")]
    return calls


def drifts(chance: random.Random) -> Calls:
    """Good work, then the same one to three calls for ever, with a new read in between now and then."""
    around = [call(tool, "same", tool) for tool in chance.sample(READS, chance.randint(1, 3))]
    again = [
        call("look", f"aside {i}", f"aside {i}") if chance.random() < 0.15 else chance.choice(around)
        for i in range(chance.randint(14, 20))
    ]
    return [*everyday(chance), *around, LOOP_BEGINS, *around, *again]


def other_words_few_answers(chance: random.Random) -> Calls:
    """A search in ever new words that gives one of three answers."""
    tool = chance.choice(READS)
    asked = [call(tool, f"words {i}", f"page {chance.randint(1, 3)}") for i in range(22)]
    return [*asked[:6], LOOP_BEGINS, *asked[6:]]


def bounces(chance: random.Random) -> Calls:
    """Two things fail in turn; in between something is read that is known."""
    known = call("get_order", "o1", "delivered")
    fails = [call(f"{tool}*", "same", f"{tool} failed", "!") for tool in chance.sample(ACTS, 2)]
    again = [known if chance.random() < 0.4 else chance.choice(fails) for _ in range(16)]
    return [known, *fails, LOOP_BEGINS, *again]


def two_in_a_loop(chance: random.Random) -> Calls:
    """Two agents take turns, each with the same calls over and over."""
    first, second = (
        [f"{agent}: {call(tool, 'same', tool)}" for tool in chance.sample(READS, chance.randint(1, 2))]
        for agent in ("desk", "clerk")
    )
    return [*first, *second, LOOP_BEGINS, *[*first, *second] * chance.randint(3, 5)]


def long_circle(chance: random.Random) -> Calls:
    around = [call(tool, "same", tool) for tool in (*READS[: chance.randint(4, 7)], "look")]
    return [*around, LOOP_BEGINS, *around * 3]


def fails_with_a_number(chance: random.Random) -> Calls:
    """Every failure has a number of its own, and now and then a look at something known."""
    known = call("get_order", "o1", "delivered")
    fails = [call("record_invoice*", "i1", f"error {chance.randint(1000, 9999)}", "!") for _ in range(14)]
    again = [one if chance.random() < 0.7 else known for one in fails[2:]]
    return [known, *fails[:2], LOOP_BEGINS, *again]


PATTERNS: Sequence[Pattern] = (
    everyday,
    reads_all_twice,
    long_search,
    list_with_refusals,
    list_in_a_list,
    dialogue,
    drifts,
    other_words_few_answers,
    bounces,
    two_in_a_loop,
    long_circle,
    fails_with_a_number,
)
