"""The decision as a whole."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from muster.gateway.caller import Tier
from muster.gateway.policy.case import Case
from muster.gateway.policy.chain import CHAIN, decide
from muster.gateway.policy.phases import PHASES
from muster.gateway.policy.tier import POWERS
from muster.gateway.policy.verdict import Verdict
from muster.gateway.provenance.history import Tracing
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


def test_every_rule_is_asked_and_the_first_that_holds_decides() -> None:
    decision = decide(case("money", exposure_today=Decimal(900), phase="co-pilot"))
    assert decision.rules == tuple(rule.__module__.rpartition(".")[2] for rule in CHAIN)
    assert [step.rule for step in decision.held] == ["money_band", "phase"]
    assert decision.verdict.rule == "money_band"


def test_a_rule_that_denies_wins_over_those_before_it_that_hold() -> None:
    def holds(_: Case) -> Verdict:
        return Verdict("needs_approval", "first", "ask")

    def denies(_: Case) -> Verdict:
        return Verdict("deny", "second", "no")

    decision = decide(case(), chain=(holds, denies, holds))
    assert (decision.outcome, decision.verdict.rule) == ("deny", "second")
    assert decision.rules == ("first", "second")


def test_what_nobody_vouches_for_is_held() -> None:
    traced = replace(case("write"), tracing=Tracing(held=("to = eve",), disclosure=("carries a link",)))
    decision = decide(traced)
    assert [step.rule for step in decision.held] == ["provenance", "disclosure"]
    assert decide(replace(traced, approval_id="apr_1")).outcome == "allow"


@given(CASES)
def test_a_persons_word_lets_through_what_is_held_and_never_what_is_denied(about: Case) -> None:
    with_word = decide(replace(about, approval_id="apr_1")).outcome
    assert with_word == ("deny" if decide(about).outcome == "deny" else "allow")


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
