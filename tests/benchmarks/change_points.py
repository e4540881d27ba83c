"""How often a change is marked where there is none, and how often one is seen.

Run: `.venv/bin/python -m tests.benchmarks.change_points [--series 2000]`.

Printed for series of several kinds and lengths: the share of steady series with any mark (promised: at most
`ALPHA`), and the share of steps of one, one and a half and two standard deviations amid them that are seen.
The last line is a kind the method does not promise anything for: a series that drifts back only slowly.
"""

import argparse
from collections.abc import Callable
from random import Random

from muster.analysis.change_points import ALPHA, splits

KINDS: dict[str, Callable[[Random, float], float]] = {
    "normal": lambda chance, level: chance.gauss(level, 1),
    "skewed (exponential)": lambda chance, level: chance.expovariate(1) + level,
    "rates of 20 tasks": lambda chance, level: (
        sum(chance.random() < 0.8 - level * 0.09 for _ in range(20)) / 20
    ),
}


def series(chance: Random, kind: str, length: int, step: float) -> list[float]:
    draw = KINDS[kind]
    return [draw(chance, step if place >= length // 2 else 0) for place in range(length)]


def carried_over(chance: Random, length: int) -> list[float]:
    values = [0.0]
    while len(values) < length:
        values.append(0.5 * values[-1] + chance.gauss(0, 1))
    return values


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--series", type=int, default=2000)
    count = parser.parse_args().series
    chance = Random(1)
    print(
        f"{'kind':<22}{'buckets':>8}{'false alarms':>14}" + "".join(f"{f'step {s}':>10}" for s in (1, 1.5, 2))
    )
    for kind in KINDS:
        for length in (12, 30, 90):
            marked = [
                sum(bool(splits(series(chance, kind, length, step))) for _ in range(trials)) / trials
                for step, trials in ((0, count), (1, count // 20), (1.5, count // 20), (2, count // 20))
            ]
            print(
                f"{kind:<22}{length:>8}{marked[0]:>14.2%}" + "".join(f"{each:>10.0%}" for each in marked[1:])
            )
    drifting = sum(bool(splits(carried_over(chance, 30))) for _ in range(count)) / count
    print(f"promised: at most {ALPHA:.0%}; half carried over to the next bucket (no promise): {drifting:.2%}")


if __name__ == "__main__":
    main()
