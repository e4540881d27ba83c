"""What a manifest grants."""

from muster.gateway.caller import Grant
from muster.gateway.grants import grants_in
from muster.teams.manifest_model import TeamManifest

TEAM = {
    "team": "support",
    "title": "Support",
    "owner": "jo@example.com",
    "description": "Helps.",
    "coordinator": "desk",
    "intake": {},
    "budget": {"usd_per_day": 5},
    "agents": [
        {
            "name": "desk",
            "title": "Desk",
            "description": "Decides.",
            "tier": "negotiation",
            "model": "coordinator",
            "prompt": "prompts/desk.md",
            "tools": ["shop__get_order"],
        }
    ],
}


def test_a_deployed_manifest_is_read_as_it_is_dumped() -> None:
    manifest = TeamManifest.model_validate(TEAM).model_dump(mode="json")
    desk = Grant(tier="negotiation", tools=frozenset({"shop__get_order"}), phase="edge")
    assert grants_in(manifest) == {"desk": desk}


def test_an_agent_of_an_unknown_phase_drafts_only() -> None:
    grant = grants_in({"agents": [{"name": "a", "tier": "ingestion", "phase": "boss"}]})["a"]
    assert grant.phase == "co-pilot"


def test_an_agent_of_an_unknown_tier_has_no_grant() -> None:
    assert grants_in({"agents": [{"name": "a", "tier": "root", "tools": ["shop__get_order"]}]}) == {}
