"""What runs when."""

from dataclasses import replace

from muster.services.deployments import Deployment

SHIFT = Deployment("flows/team_shift.py:team_shift", "support", {"team": "support"}, every_seconds=60)


def test_its_full_name_is_what_prefect_calls_it() -> None:
    assert SHIFT.full_name == "team-shift/support"


def test_its_version_changes_with_anything_of_it_and_with_nothing_else() -> None:
    assert replace(SHIFT).version == SHIFT.version
    assert replace(SHIFT, every_seconds=30).version != SHIFT.version
    assert replace(SHIFT, parameters={"team": "leads"}).version != SHIFT.version
