"""Attempts to break out, each at every place it can be made; and all of them as an ordinary user."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from muster.sandbox.escapes.attempt import Attempt, Where
from muster.sandbox.escapes.trial import ATTEMPTS, SHORT, try_one
from muster.sandbox.reader import DocumentReader
from tests.sandboxed import needs_sandbox, ordinary_command, ordinary_environment

pytestmark = needs_sandbox

_EACH = [(attempt, where) for attempt in ATTEMPTS for where in attempt.where]


@pytest.fixture(scope="module")
def obedient() -> Iterator[DocumentReader]:
    """A reader whose parser does what files say."""
    reader = DocumentReader(SHORT.documents, serving="muster.sandbox.escapes.taken_over")
    yield reader
    reader.close()


@pytest.mark.parametrize(
    ("attempt", "where"), _EACH, ids=[f"{attempt.name}, {where}" for attempt, where in _EACH]
)
def test_it_is_contained(attempt: Attempt, where: Where, obedient: DocumentReader) -> None:
    outcome = try_one(attempt, where, obedient)
    assert outcome.contained, outcome.how


def test_what_gets_through_is_seen(obedient: DocumentReader) -> None:
    """The judge itself: a program that does get hold of something is not called contained."""
    honest = Attempt(
        "test: through", "read Python's own library", 'attempt("own", lambda: open(os.__file__).read(9))'
    )
    for where in honest.where:
        assert not try_one(honest, where, obedient).contained
    shown = Attempt("test: evaluation", "compute", "1 + 1", ("expression",))
    assert not try_one(shown, "expression", obedient).contained


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_all_are_contained_for_an_ordinary_user(tmp_path: Path) -> None:
    command = ordinary_command("-c", "from muster.cli.sandbox import app; app()", "escapes", "--json")
    done = subprocess.run(
        command, env=ordinary_environment(tmp_path), cwd="/", capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    outcomes = orjson.loads(done.stdout)
    assert len(outcomes) == len(_EACH)
    assert all(outcome["contained"] for outcome in outcomes)
