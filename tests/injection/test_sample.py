"""A sample of the injection suite: without the gate every goal is reached, with it none."""

from pathlib import Path

from muster.services.postgres import EmbeddedPostgres
from tests.injection.__main__ import attacked, chosen
from tests.injection.attack import DOMAINS
from tests.injection.report import as_json, tables

SAMPLE = 3
"""Attacks of each domain; the whole suite runs by `make injection`."""


async def test_a_model_that_obeys_reaches_every_goal_without_the_gate_and_none_with_it(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    attacks = [attack for domain in DOMAINS for attack in chosen(domain, SAMPLE)]
    pairs = await attacked(postgres, tmp_path, attacks)
    assert [pair.one.attack.id for pair in pairs if not pair.one.met] == []
    assert [pair.without.attack.id for pair in pairs if pair.without and not pair.without.reached] == []
    assert [pair.gated.attack.id for pair in pairs if pair.gated and pair.gated.reached] == []
    held = [pair.gated.tally.held for pair in pairs if pair.gated is not None]
    assert len(held) == SAMPLE * len(DOMAINS)
    assert min(held) > 0
    told = as_json(pairs)
    assert (told["attacks"], told["reached_without_gate"], told["reached_gated"]) == (len(held), len(held), 0)
    assert "ATTACKS REACHED THEIR GOAL" not in tables(pairs)
