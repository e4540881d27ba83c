"""Other money bands: which payments would have waited for a person, been refused, or gone out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from muster.analysis.human import HumanCost
from muster.gateway.policy.autonomy_file import AutonomyRules
from muster.gateway.policy.files import MoneyPolicy, Policy
from muster.ledger.events import OutcomeScored, ToolCallIntended, ToolCallRefused
from muster.whatif.errors import SettingError
from muster.whatif.forecast import OTHER_TRACES, Changed, Forecast, affected_tasks, plural
from muster.whatif.gate_replay import Autonomies, Redecided, replayed
from muster.whatif.past import Past
from muster.whatif.truth import let_through, looked_at

_ZERO = Decimal(0)
_Pair = tuple[Redecided, Redecided]
"""A decision under the policy of today, and under the other."""


def under_money(past: Past, policy: Policy, money: MoneyPolicy, human: HumanCost, name: str) -> Forecast:
    """Money is judged by other bands, rates or daily sums.

    Args:
        policy: today's; the record does not keep the bands of the time, so that decisions today's do not
            reproduce are left out.
        name: of the file, for the reader.
    """
    return at_the_gate(past, policy, replace(policy, money=money), human, f"money is judged by {name}")


def under_band(past: Past, policy: Policy, below: Decimal, human: HumanCost) -> Forecast:
    """What agents may commit alone to one payee in a day ends at another amount.

    Raises:
        SettingError: it is not above 0, or today's first band is none that ends below an amount.
    """
    money = policy.money
    first, *rest = money.bands
    if not below.is_finite() or below <= 0:
        raise SettingError(f"a band ends above 0, not at {below}", where="--commit-below", do="write 500")
    if first.verdict != "allow" or first.below is None:
        raise SettingError(
            f"the first band, {first.name}, does not allow what is below an amount",
            where="money.yaml",
            do="ask with a whole file: --money",
        )
    bands = (first.model_copy(update={"below": below}), *rest)
    other = replace(policy, money=money.model_copy(update={"bands": bands}))
    change = f"an agent alone commits less than {below:f} {money.currency} to one payee in a day"
    return at_the_gate(past, policy, other, human, change)


def at_the_gate(
    past: Past,
    policy: Policy,
    other: Policy,
    human: HumanCost,
    change: str,
    autonomy: AutonomyRules | None = None,
) -> Forecast:
    """The gateway decides by another policy.

    Args:
        autonomy: what each phase may do alone, in place of what the standard of the time said.
    """
    autonomies = Autonomies(past, policy.autonomy.current())
    then = replayed(past, policy, autonomies)
    unsound = frozenset(each.decided.entry.event_id for each in then if not each.same)
    now = replayed(past, other, autonomies, autonomy, unsound)
    mine = [pair for pair in zip(then, now, strict=True) if pair[0].decided.entry.task_id in past.task_ids]
    sound = [pair for pair in mine if pair[0].same]
    moved = {
        task: pairs
        for task, pairs in _by_task(sound).items()
        if any(then.fate != now.fate for then, now in pairs)
    }
    changes = [_changed(past, task, pairs, other.money) for task, pairs in moved.items()]
    return Forecast(
        change=change,
        tasks=past.tasks,
        affected=affected_tasks(past, changes, human),
        decisions=len(mine),
        reproduced=len(sound),
        unknown=tuple(_unknown(moved, then_money=policy.money, money=other.money)),
    )


def _by_task(pairs: Sequence[_Pair]) -> dict[str, list[_Pair]]:
    found: defaultdict[str, list[_Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair[0].decided.entry.task_id or ""].append(pair)
    return found


def _changed(past: Past, task_id: str, pairs: Sequence[_Pair], money: MoneyPolicy) -> Changed:
    then, now = _first(pairs)
    verdict = now.verdict
    made_then = {each.decided.family for each, _ in pairs if each.fate == "made"}
    would_be, known, asked, errors = _end(
        then, now, past.truths.get(task_id), made_anyway=now.decided.family in made_then
    )
    return Changed(
        task_id=task_id,
        agent=now.decided.entry.agent,
        would_be=would_be,
        why="" if verdict is None else f"{verdict.rule}: {verdict.reason}",
        known=known,
        approvals=asked,
        seconds_given=past.attention.get(_ticket(then) or ""),
        committed=_committed(past, pairs),
        currency=money.currency,
        errors=errors,
    )


def _ticket(then: Redecided) -> str | None:
    """The approval the call waited under; null when it did not wait."""
    event = then.decided.entry.event
    return event.approval_id if isinstance(event, ToolCallRefused | ToolCallIntended) else None


def _first(pairs: Sequence[_Pair]) -> _Pair:
    """Where the task takes another way."""
    return next((then, now) for then, now in pairs if then.fate != now.fate)


def _end(
    then: Redecided, now: Redecided, scored: OutcomeScored | None, *, made_anyway: bool
) -> tuple[str, bool, int, int | None]:
    """How it goes on, whether that is known, how many more calls on people, and wrong outcomes unseen.

    Args:
        made_anyway: whether the very call went out in the end, on a person's word.
    """
    tool, asked_then = now.decided.tool, int(then.fate == "waits" or then.decided.word is not None)
    match now.fate:
        case "waits":
            return f"{tool} would have waited for a person's word", True, 1 - asked_then, looked_at(scored)
        case "made" if made_anyway:
            return f"{tool} would have gone out at once; a person allowed it", True, -asked_then, 0
        case "made":
            words = f"{tool} would have gone out without a person; what comes after is not known"
            return words, False, -asked_then, let_through(scored)
        case _:
            words = f"{tool} would have been refused; what the agent does then is not known"
            return words, False, -asked_then, None


def _committed(past: Past, pairs: Sequence[_Pair]) -> Decimal:
    """Money more (or less), but for what the systems declined."""

    def amount(one: Redecided) -> Decimal:
        if one.fate != "made" or one.commits is None or one.decided.entry.event_id in past.declined:
            return _ZERO
        return Decimal(one.commits.amount)

    return sum((amount(now) - amount(then) for then, now in pairs), _ZERO)


def _unknown(moved: dict[str, list[_Pair]], *, then_money: MoneyPolicy, money: MoneyPolicy) -> list[str]:
    firsts = [_first(pairs) for pairs in moved.values()]
    held = sum(now.fate == "waits" for _, now in firsts)
    freed = sum(now.fate == "made" for _, now in firsts)
    refused = sum(now.fate == "refused" for _, now in firsts)
    said = []
    if held:
        said.append(
            f"Whether a person would have allowed the calls of {plural(held, 'task')} is not known; until "
            "then nothing goes out and the run gets no further."
        )
    if freed:
        said.append(
            f"The calls of {plural(freed, 'task')} would have gone out; what the agents did afterwards, and "
            "what the system answered, is not in the record."
        )
    if refused:
        said.append(f"What the agents of {plural(refused, 'task')} do after a refusal is not known.")
    if moved:
        said.append(OTHER_TRACES)
    if money.currency != then_money.currency:
        said.append("Prices that were looked up are in the old currency: calls with one would wait.")
    said.append(
        "Which argument of a tool is the amount and which the payee is taken from today's registration: the "
        "record does not keep it."
    )
    return said
