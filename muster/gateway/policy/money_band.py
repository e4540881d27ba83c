"""How much money an agent may commit by itself: decided by typed arguments and by today's sums."""

from decimal import Decimal
from fnmatch import fnmatchcase

from muster.gateway.amount import AmountError, Price, amount_of, payees_of
from muster.gateway.policy.case import Case
from muster.gateway.policy.files import Band
from muster.gateway.policy.verdict import Verdict

RULE = "money_band"
_SEVERITY = {"allow": 0, "needs_approval": 1, "deny": 2}


def check(case: Case) -> Verdict:
    """Place the payee's and the agent's sum of today, this amount included, in bands; the stricter decides.

    What has no price waits for a person.
    """
    if case.tool is None:
        return Verdict("deny", RULE, "the tool is not known")
    if case.tool.effect != "money" and case.tool.roles.price is None:
        return Verdict("allow", RULE, "no money moves")
    if case.arguments is None:
        return Verdict("allow", RULE, "the amount is judged when the tool is called")
    if case.price is not None:
        return _looked_up(case, case.price)
    if case.tool.roles.amount is None:
        return Verdict("needs_approval", RULE, "the registration does not say which argument is the amount")
    if not payees_of(case.tool.roles, case.arguments):
        return Verdict("needs_approval", RULE, "it is not known who is paid, so nothing can be added up")
    try:
        amount = amount_of(case.tool.roles, case.arguments, case.policy.money)
    except AmountError as error:
        return Verdict(error.outcome, RULE, str(error))
    return banded(case, amount)


def _looked_up(case: Case, price: Price) -> Verdict:
    if price.amount is None:
        return Verdict("needs_approval", RULE, price.problem)
    if not price.payees:
        return Verdict("needs_approval", RULE, "it is not known who is paid, so nothing can be added up")
    return banded(case, price.amount)


def banded(case: Case, amount: Decimal) -> Verdict:
    """The bands' word on `amount`, which is in the policy's currency."""
    money = case.policy.money
    payee = _placed(case, amount, case.exposure_today, "to the same payee today", money.bands)
    if not money.per_agent_per_day:
        return payee
    agent = _placed(
        case, amount, case.agent_exposure_today, "by the same agent today", money.per_agent_per_day
    )
    return max(payee, agent, key=lambda verdict: _SEVERITY[verdict.outcome])


def _placed(case: Case, amount: Decimal, before: Decimal, whose: str, bands: tuple[Band, ...]) -> Verdict:
    who = f"{case.caller.team}/{case.caller.agent}"
    band = next(band for band in bands if fnmatchcase(who, band.agents) and band.holds(amount + before))
    reason = f"{amount:.2f} {case.policy.money.currency}"
    if before:
        reason += f" after {before:.2f} {whose}"
    reason += f" is in the band {band.name}"
    return Verdict(band.verdict, RULE, f"{reason}: {band.note}" if band.note else reason)
