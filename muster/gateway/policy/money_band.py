"""How much money an agent may commit by itself: decided by typed arguments and what the payee got today."""

from decimal import Decimal

from muster.gateway.amount import AmountError, amount_of, payees_of
from muster.gateway.policy.case import Case
from muster.gateway.policy.verdict import Verdict

RULE = "money_band"


def check(case: Case) -> Verdict:
    """Place the payee's sum of today, this amount included, in a band; what has no price waits."""
    if case.tool is None:
        return Verdict("deny", RULE, "the tool is not known")
    if case.tool.effect != "money":
        return Verdict("allow", RULE, "no money moves")
    if case.arguments is None:
        return Verdict("allow", RULE, "the amount is judged when the tool is called")
    if case.tool.roles.amount is None:
        return Verdict("needs_approval", RULE, "the registration does not say which argument is the amount")
    if not payees_of(case.tool.roles, case.arguments):
        return Verdict("needs_approval", RULE, "it is not known who is paid, so nothing can be added up")
    try:
        amount = amount_of(case.tool.roles, case.arguments, case.policy.money)
    except AmountError as error:
        return Verdict(error.outcome, RULE, str(error))
    return _banded(case, amount)


def _banded(case: Case, amount: Decimal) -> Verdict:
    money = case.policy.money
    total = amount + case.exposure_today
    band = next(band for band in money.bands if band.holds(total))
    reason = f"{amount:.2f} {money.currency}"
    if case.exposure_today:
        reason += f" after {case.exposure_today:.2f} to the same payee today"
    reason += f" is in the band {band.name}"
    return Verdict(band.verdict, RULE, f"{reason}: {band.note}" if band.note else reason)
