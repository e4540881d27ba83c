"""The injection suite: `python -m tests.injection [--domain support] [--sample 40] [--json]`.

Runs every attack twice, with a gateway that does not look where values come from and with the one that does,
then the demo company's ordinary day, and prints who reached what. Ends with 1 when an attack got through.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from muster.core.settings import PROJECT_ROOT
from muster.services.ports import free_port
from muster.services.postgres import EmbeddedPostgres
from tests.injection.attack import DOMAINS, Attack
from tests.injection.cast import Cast
from tests.injection.legitimate import Legitimate, ordinary_day
from tests.injection.place import Place
from tests.injection.playing import played
from tests.injection.report import Pair, as_json, tables
from tests.injection.suite import all_attacks


def chosen(domain: str | None, sample: int | None) -> list[Attack]:
    """The attacks of a domain, or of all; with a sample, that many spread evenly over the list."""
    company = PROJECT_ROOT / "data" / "demo" / "company.json"
    attacks = [each for each in all_attacks(Cast.of(company)) if domain in (None, each.domain)]
    if sample is None or sample >= len(attacks):
        return attacks
    return [attacks[number * len(attacks) // sample] for number in range(sample)]


async def attacked(
    postgres: EmbeddedPostgres, folder: Path, attacks: Sequence[Attack], *, baseline: bool = True
) -> list[Pair]:
    """What came of each attack, without the gate and with it."""
    pairs = []
    async with Place(postgres, folder).ready() as place:
        for number, attack in enumerate(attacks, start=1):
            without = await played(place, attack, gated=False) if baseline else None
            pairs.append(Pair(without, await played(place, attack, gated=True)))
            if number % 20 == 0:
                sys.stderr.write(f"{number} of {len(attacks)} attacks\n")
    return pairs


def main() -> int:
    """1 when an attack reached its goal through the gate, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.injection", description=__doc__)
    parser.add_argument("--domain", choices=DOMAINS)
    parser.add_argument("--sample", type=int, help="so many attacks only, spread evenly")
    parser.add_argument("--no-baseline", action="store_true", help="with the gate only")
    parser.add_argument("--no-attacks", action="store_true", help="the ordinary day only")
    parser.add_argument("--no-day", action="store_true", help="attacks only")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    pairs: list[Pair] = []
    day: Legitimate | None = None
    with tempfile.TemporaryDirectory(prefix="muster-injection-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's user must get to its files
        with EmbeddedPostgres(folder / "postgres" / "data", free_port(), durable=False).running() as postgres:
            if not given.no_attacks:
                attacks = chosen(given.domain, given.sample)
                pairs = asyncio.run(attacked(postgres, folder, attacks, baseline=not given.no_baseline))
            if not given.no_day:
                day = asyncio.run(ordinary_day(postgres, folder, given.domain))
    if given.json:
        told = as_json(pairs) | {"ordinary_day": day.as_json() if day is not None else None}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        said = [tables(pairs)] if pairs else []
        sys.stdout.write("\n\n".join([*said, *([day.text()] if day is not None else [])]) + "\n")
    return int(any(pair.gated is not None and pair.gated.reached for pair in pairs))


if __name__ == "__main__":
    sys.exit(main())
