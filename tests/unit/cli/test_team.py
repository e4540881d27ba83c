"""What `muster team deploy` says it did."""

from muster.cli.team import _told
from muster.teams.deploy import TeamDeployment
from muster.teams.prompt_deploy import HeldBack


def test_a_prompt_that_stays_behind_its_file_is_said() -> None:
    held = HeldBack("support/clerk for refund", in_force=4, in_files=5)
    deployment = TeamDeployment(
        "support", 2, True, ("support/desk",), ("support/clerk for claim",), held_back=(held,)
    )

    assert list(_told(deployment)) == [
        "support version 2 is at work",
        "  new prompt: support/desk",
        "  withdrawn: support/clerk for claim, the general prompt counts",
        "  held back: support/clerk for refund stays at version 4, which a person put in force; "
        "the file's is version 5",
    ]


def test_the_same_files_again_change_nothing() -> None:
    assert list(_told(TeamDeployment("support", 2, False, ()))) == ["support version 2 was at work already"]
