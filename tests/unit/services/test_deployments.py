"""What runs when."""

from dataclasses import replace

from muster.services.deployments import TAG, Deployment, always_on

SHIFT = Deployment("flows/team_shift.py:team_shift", "support", {"team": "support"}, every_seconds=60)


def test_its_full_name_is_what_prefect_calls_it() -> None:
    assert SHIFT.full_name == "team-shift/support"


def test_its_version_changes_with_anything_of_it_and_with_nothing_else() -> None:
    assert replace(SHIFT).version == SHIFT.version
    assert replace(SHIFT, every_seconds=30).version != SHIFT.version
    assert replace(SHIFT, parameters={"team": "leads"}).version != SHIFT.version


def test_its_tags_say_how_many_runs_of_it_each_runner_keeps_alive() -> None:
    kept = replace(SHIFT, tags=("shift", "support"), always_on=2)
    assert kept.all_tags == (TAG, "shift", "support", "always-on:2")
    assert always_on(kept.all_tags) == 2
    assert always_on(SHIFT.all_tags) == 0
    assert always_on(["always-on:many"]) == 0
