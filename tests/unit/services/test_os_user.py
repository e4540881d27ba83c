"""The command line that runs a program as another user."""

import os
import shutil

import pytest

from muster.services.os_user import OsUser

pytestmark = pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")

ME = OsUser(os.geteuid(), os.getegid(), "me")
OTHER = OsUser(os.geteuid() + 1, 7, "other")


def test_our_own_programs_are_run_as_they_are() -> None:
    assert ME.command("postgres", "-D", "data") == ["postgres", "-D", "data"]


def test_another_users_program_gives_up_our_groups() -> None:
    command = OTHER.command("postgres")
    assert command[1:] == ["--reuid", str(OTHER.uid), "--regid", "7", "--clear-groups", "postgres"]


def test_an_extra_right_is_the_only_one_it_gets() -> None:
    command = OsUser(OTHER.uid, 7, "other", "dac_read_search").command("postgres")
    assert command[command.index("--ambient-caps") + 1] == "+dac_read_search"
    assert "+no_setuid_fixup" in command


def test_a_program_can_be_tied_to_its_parent() -> None:
    assert ME.command("postgres", dies_with_parent=True)[1:] == ["--pdeathsig", "INT", "postgres"]
