"""Every command the root names is there, with its help."""

import importlib

import pytest
import typer

from muster.cli.root import _COMMANDS


@pytest.mark.parametrize("name", _COMMANDS)
def test_the_command_is_there_and_says_what_it_does(name: str) -> None:
    module, text = _COMMANDS[name]
    assert isinstance(importlib.import_module(module).app, typer.Typer)
    assert text.endswith(".")
