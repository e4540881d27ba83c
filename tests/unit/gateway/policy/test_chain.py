"""The decision as a whole."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from muster.gateway.caller import Tier
from muster.gateway.policy.case import Case
from muster.gateway.policy.chain import decide
from muster.gateway.policy.phases import PHASES
from muster.gateway.policy.tier import POWERS
from muster.ledger.events import Effect
from tests.unit.gateway.cases import POLICY, REFUND, case

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.none() | st.just(REFUND) | st.dictionaries(st.sampled_from([*REFUND, "other"]), JSON)
CASES = st.builds(
    case,
    st.sampled_from(get_args(Effect)),
    ARGUMENTS,
    tier=st.sampled_from(get_args(Tier)),
    grants=st.sampled_from([None, frozenset[str](), frozenset({"shop__refund"})]),
    known=st.booleans(),
    calls_made=st.integers(0, 100),
    halted_by=st.sampled_from([None, "fleet", "support"]),
    exposure_today=st.decimals(0, 2000, places=2),
    phase=st.sampled_from([None, *PHASES]),
    manifest_phase=st.sampled_from(PHASES),
)


def test_an_empty_chain_denies() -> None:
    assert decide(case(), chain=()).outcome == "deny"


def test_every_step_up_to_the_deciding_one_is_kept() -> None:
    decision = decide(case("money", exposure_today=Decimal(900)))
    assert decision.rules == ("live_run", "grant", "schema", "tier", "call_limit", "money_band")
    assert decision.verdict.rule == "money_band"


@given(CASES)
def test_any_case_gets_a_verdict_with_a_reason(about: Case) -> None:
    verdict = decide(about).verdict
    assert verdict.outcome in {"allow", "deny", "needs_approval"}
    assert verdict.reason


@given(CASES)
def test_nothing_is_allowed_that_any_right_is_missing_for(about: Case) -> None:
    if decide(about).outcome != "allow":
        return
    assert about.tool is not None
    assert about.grant is not None
    assert about.caller.halted_by is None
    assert about.tool.name in about.grant.tools
    assert about.tool.effect in POWERS[about.grant.tier]
    assert about.tool.effect not in POLICY.sensitive.effects
    if about.arguments is not None:
        assert about.caller.calls_made < POLICY.limits.calls_per_run
        assert about.tool.problems_with(about.arguments) == []


@given(CASES)
def test_what_is_not_listed_cannot_be_called(about: Case) -> None:
    listing = replace(about, arguments=None)
    if decide(listing).outcome == "deny":
        assert decide(about).outcome == "deny"


@given(CASES)
def test_a_pause_or_a_lost_grant_never_gives_more(about: Case) -> None:
    if decide(about).outcome == "deny":
        assert decide(replace(about, caller=replace(about.caller, halted_by="support"))).outcome == "deny"
        assert decide(replace(about, grant=None)).outcome == "deny"


@given(CASES)
def test_a_demotion_never_gives_more(about: Case) -> None:
    demoted = decide(replace(about, caller=replace(about.caller, phase="co-pilot")))
    assert demoted.outcome in {decide(about).outcome, "needs_approval"}
    if demoted.outcome == "allow":
        assert about.tool is not None
        assert about.tool.effect == "read"
