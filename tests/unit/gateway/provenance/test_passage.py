from typing import Any

import pytest

from muster.gateway.provenance.passage import Passage

TASK = (
    "Please send 1,250.50 to my landlord (GB29 NWBK 6016 1331 9268 19), copy bob.smith@x.example. "
    "Dinner with 'Sarah Connor' is on May 15th, 2026 at 7:30 pm; order bl10432, file-13, "
    "then go to www.travel.example/paris. Rent: €900. See 03/04/2026 and 1.500 pieces."
)


@pytest.mark.parametrize(
    "value",
    [
        1250.5,
        "1250.50",
        900,
        "GB29NWBK60161331926819",
        "gb29 nwbk 6016 1331 9268 19",
        "Bob.Smith@X.example",
        "Sarah Connor",
        "2026-05-15",
        "2026-05-15T19:30:00",
        "19:30",
        "BL-10432",
        "file-13",
        "https://www.travel.example/paris",
        "http://www.travel.example/paris/",
        "2026-04-03",
        "2026-03-04",
        1500,
        1.5,
    ],
)
def test_a_value_stands_in_the_text_in_any_customary_notation(value: Any) -> None:
    assert Passage(TASK).holds(value)


@pytest.mark.parametrize(
    "value",
    [
        "smith@x.example",
        "@x.example",
        "x.example",
        "Sarah Con",
        1250,
        250.5,
        9000,
        13,
        6016,
        10432,
        "10432",
        "travel.example",
        "www.travel.example",
        "https://www.travel.example/paris/evil",
        "2026-05-16",
        "2027-05-15",
        "2026-05-15T20:30:00",
        2026,
        15,
        "on",
        "",
        " ",
        True,
        "GB29NWBK6016133192",
    ],
)
def test_a_part_of_a_value_is_another_value(value: Any) -> None:
    assert not Passage(TASK).holds(value)


def test_a_day_without_its_year_is_that_day_of_any_year() -> None:
    assert Passage("from 10 November to 15. Dezember").holds("2024-11-10")
    assert Passage("le 3 août et el 5 de mayo de 2026").holds("2031-08-03")
    assert not Passage("el 5 de mayo de 2026").holds("2027-05-05")


@pytest.mark.parametrize("text", ["", "…", "\u200b", "a" * 5000, "1" * 5000, "1,2" * 2000, "ß" * 300])
def test_any_text_can_be_searched(text: str) -> None:
    passage = Passage(text)
    assert not passage.holds("eve@evil.example")
    assert not passage.holds(77)
    assert not passage.holds("2026-01-01 10:00")


def test_midnight_is_the_day_as_it_begins_and_no_other_hour_is() -> None:
    passage = Passage("on January 2nd 2025")
    assert passage.holds("2025-01-02 00:00")
    assert not passage.holds("2025-01-02 09:00")
    assert not passage.holds("2025-01-03 00:00")
