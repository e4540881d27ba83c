"""The committed demo data, and books of the company seeded from it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from muster.core.settings import PROJECT_ROOT
from muster.demo.company.books import open_books, seed
from muster.demo.generate.edition import make_edition
from muster.demo.score import Truth, load_truth


@pytest.fixture(scope="session")
def demo_dir() -> Path:
    """The folder the demo company is kept in."""
    return PROJECT_ROOT / "data" / "demo"


@pytest.fixture(scope="session")
def truths(demo_dir: Path) -> list[Truth]:
    """Every line of the committed truth."""
    return load_truth(demo_dir / "truth.jsonl")


@pytest.fixture(scope="session")
def first_edition() -> dict[str, bytes]:
    """The files of edition 1, made anew."""
    return make_edition(7, 1)


@pytest.fixture(scope="session")
def second_edition() -> dict[str, bytes]:
    """The files of edition 2."""
    return make_edition(7, 2)


@pytest.fixture(scope="session")
def untouched_books(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the books as they are before any work is done; tests only copy it."""
    database = tmp_path_factory.mktemp("books") / "company.sqlite"
    opened = open_books(database)
    seed(opened, demo_dir / "company.json")
    opened.dispose()
    return database


@pytest.fixture
def books(untouched_books: Path, tmp_path: Path) -> Iterator[Engine]:
    """Books of the test's own."""
    opened = open_books(Path(shutil.copy(untouched_books, tmp_path)))
    yield opened
    opened.dispose()
