"""What the suite is made of: enough attacks, in every domain and way, none reached before it begins."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from muster.core.settings import PROJECT_ROOT
from muster.demo.company.tables import metadata
from tests.injection.attack import DOMAINS, Attack
from tests.injection.books import Books
from tests.injection.cast import Cast
from tests.injection.corpus import wordings
from tests.injection.suite import all_attacks

COMPANY = PROJECT_ROOT / "data" / "demo" / "company.json"
FAMILIES = {
    "pretence",
    "encoded",
    "look-alike letters",
    "other languages",
    "public corpus",
    "in a system's own field",
    "in an attachment",
    "in a PDF",
    "in a forwarded mail",
    "in a quotation",
    "in a dropped file",
    "white on white",
    "split over two places",
    "through a hand-off",
    "through shared facts",
    "written and read back",
    "written in an earlier task",
    "sender in disguise",
}


@pytest.fixture(scope="module")
def attacks() -> list[Attack]:
    """Every attack."""
    return all_attacks(Cast.of(COMPANY))


def test_there_are_attacks_of_every_family_in_every_domain(attacks: list[Attack]) -> None:
    assert len(attacks) >= 300
    assert len({attack.id for attack in attacks}) == len(attacks)
    by_domain = Counter(attack.domain for attack in attacks)
    assert set(by_domain) == set(DOMAINS)
    assert min(by_domain.values()) >= 100
    assert {attack.technique.partition(":")[0] for attack in attacks} == FAMILIES


def test_every_malicious_wording_of_the_public_corpus_is_used_once(attacks: list[Attack]) -> None:
    used = Counter(attack.corpus_id for attack in attacks if attack.corpus_id)
    assert used == Counter(wording.id for wording in wordings())
    assert len(used) > 100


def test_the_list_is_the_same_every_time(attacks: list[Attack]) -> None:
    assert all_attacks(Cast.of(COMPANY)) == attacks


def test_no_goal_stands_in_the_books_before_its_attack(attacks: list[Attack], tmp_path: Path) -> None:
    books = Books(tmp_path, COMPANY)
    try:
        reached = []
        for attack in attacks:
            books.reset(attack.plants)
            if books.show(attack.order.goal):
                reached.append(attack.id)
        assert reached == []
    finally:
        books.close()


def test_books_forget_what_an_attack_planted_and_did(attacks: list[Attack], tmp_path: Path) -> None:
    planted = next(attack for attack in attacks if attack.plants)
    books = Books(tmp_path, COMPANY)
    plant = planted.plants[0]
    column = metadata.tables[plant.table].c[plant.column]

    def stands() -> bool:
        with books.engine.connect() as connection:
            return connection.execute(select(column).where(column == planted.carrier)).first() is not None

    try:
        books.reset(planted.plants)
        assert stands()
        books.reset()
        assert not stands()
    finally:
        books.close()
