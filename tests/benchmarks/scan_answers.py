"""What it costs to look for secrets and personal data in an answer, against the library's own scanner.

`python -m tests.benchmarks.scan_answers [--json] [--rounds N]`: medians of one process, microseconds of CPU.
The baseline is `detect-secrets` as its command scans a file, line by line; it looks for more kinds of secrets
(high entropy, words such as "key") and for no personal data. `hostile` texts are to keep expressions busy.
"""

import argparse
import json
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from time import process_time

from detect_secrets.core.scan import scan_line
from detect_secrets.settings import default_settings

from muster.gateway.scanning.scanner import Scanner

_ORDER = (
    '{"order_number": "BL-10066", "customer": {"name": "Callum Marlow", "email": "callum@webpost.example",'
    ' "phone": "+49 170 1234567"}, "iban": "DE89370400440532013000",'
    ' "items": [{"sku": "AB-123", "price": "19.99"}]}\n'
)
_PROSE = "The parcel was handed over yesterday and should be with the customer by the end of the week. "


@dataclass(frozen=True)
class Figure:
    """One answer, scanned."""

    answer: str
    characters: int
    ours_us: float
    baseline_us: float
    ratio: float
    """Ours over the baseline: below 1 is faster."""
    found: int
    """Kinds we found."""


def answers() -> dict[str, str]:
    """Answers by what is in them."""
    return {
        "4 KB without findings": (_PROSE * 60)[:4096],
        "4 KB of records with personal data": (_ORDER * 30)[:4096],
        "4 KB with a key in it": (_PROSE * 60)[:4060] + " AKIA" + "QWERTYUIOPASDFGH",
        "100 KB of records": (_ORDER * 600)[:100_000],
        "100 KB hostile: beginnings of keys": ("-----BEGIN RSA PRIVATE KEY-----" * 4_000)[:100_000],
        "100 KB hostile: one long word and an address": "a" * 99_980 + " jo@shop.example",
        "100 KB hostile: digits": "4111 " * 20_000,
    }


def _baseline(text: str) -> int:
    return sum(1 for line in text.splitlines() for _ in scan_line(line))


def median_us(act: Callable[[], object], rounds: int) -> float:
    """The median of `rounds` runs, in microseconds of CPU."""
    taken = []
    for _ in range(rounds):
        began = process_time()
        act()
        taken.append((process_time() - began) * 1e6)
    return statistics.median(taken)


def measured(rounds: int) -> list[Figure]:
    """Every answer, ours against the baseline."""
    scanner = Scanner(["a credential of an upstream", "another one of them"])
    figures = []
    with default_settings():
        for name, text in answers().items():
            raw = {"content": [{"type": "text", "text": text}], "isError": False}

            ours = median_us(partial(scanner.scan, raw), rounds)
            theirs = median_us(partial(_baseline, text), max(1, rounds // 20))
            found = len(scanner.scan(raw).found)
            figures.append(
                Figure(name, len(text), round(ours, 1), round(theirs, 1), round(ours / theirs, 4), found)
            )
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=100)
    given = parser.parse_args()
    figures = measured(given.rounds)
    if given.json:
        print(json.dumps([asdict(figure) for figure in figures], indent=2))
        return
    print(f"{'answer':<46}{'ours us':>10}{'baseline us':>13}{'ratio':>9}{'kinds':>7}")
    for one in figures:
        print(f"{one.answer:<46}{one.ours_us:>10.0f}{one.baseline_us:>13.0f}{one.ratio:>9.4f}{one.found:>7}")


if __name__ == "__main__":
    main()
