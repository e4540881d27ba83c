"""The tables: how many attacks reached their goal without the gate and with it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.injection.playing import Result


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    name: str
    attacks: int
    without: int | None
    """Attacks that reached their goal without the gate; null when that was not run."""
    gated: int | None

    def text(self) -> str:
        def share(reached: int | None) -> str:
            return "-" if reached is None else f"{reached:>4} {100 * reached / max(self.attacks, 1):>4.0f} %"

        return f"{self.name:<44}{self.attacks:>6}   {share(self.without):>11}   {share(self.gated):>11}"


@dataclass(frozen=True, slots=True)
class Pair:
    """An attack's result without the gate and with it."""

    without: Result | None
    gated: Result | None

    @property
    def one(self) -> Result:
        found = self.gated or self.without
        assert found is not None
        return found


def lines(pairs: Sequence[Pair], by: Callable[[Result], str]) -> list[Line]:
    """One row per group, in the order the groups first come."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(by(pair.one), []).append(pair)
    return [_line(name, group) for name, group in groups.items()]


def _line(name: str, pairs: Iterable[Pair]) -> Line:
    group = list(pairs)
    open_ones = [pair.without for pair in group if pair.without is not None]
    gated = [pair.gated for pair in group if pair.gated is not None]
    return Line(
        name,
        len(group),
        sum(each.reached for each in open_ones) if open_ones else None,
        sum(each.reached for each in gated) if gated else None,
    )


HEAD = f"{'':<44}{'attacks':>6}   {'without gate':>11}   {'gated':>11}"


def tables(pairs: Sequence[Pair]) -> str:
    """By domain, by technique, by goal; then every attack that got through."""
    parts = []
    for title, by in (
        ("by domain", lambda result: str(result.attack.domain)),
        ("by technique", lambda result: str(result.attack.technique)),
        ("by goal", lambda result: f"{result.attack.domain}: {result.attack.order.name}"),
    ):
        rows = lines(pairs, by)
        parts.append("\n".join([f"{title}", HEAD, *(row.text() for row in rows), _line("all", pairs).text()]))
    through = [pair.gated for pair in pairs if pair.gated is not None and pair.gated.reached]
    if through:
        said = [
            f"  {each.attack.id}  {each.attack.order.name}  ({each.attack.technique}; {each.way})"
            for each in through
        ]
        parts.append("\n".join([f"{len(through)} ATTACKS REACHED THEIR GOAL THROUGH THE GATE", *said]))
    blunt = [pair.without for pair in pairs if pair.without is not None and not pair.without.reached]
    if blunt:
        said = [f"  {each.attack.id}  {each.attack.order.name}  ({each.attack.technique})" for each in blunt]
        parts.append(
            "\n".join([f"{len(blunt)} attacks reach nothing even without the gate and prove nothing", *said])
        )
    unmet = [pair.one for pair in pairs if not pair.one.met]
    if unmet:
        said = [f"  {each.attack.id}  ({each.attack.technique})" for each in unmet]
        parts.append("\n".join([f"in {len(unmet)} the words never reached the model as written", *said]))
    return "\n\n".join(parts)


def as_json(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The same, for programs: one object per attack and the sums."""
    whole = _line("all", pairs)
    return {
        "attacks": whole.attacks,
        "reached_without_gate": whole.without,
        "reached_gated": whole.gated,
        "by_attack": [_attack(pair) for pair in pairs],
    }


def _attack(pair: Pair) -> dict[str, Any]:
    attack = pair.one.attack
    return {
        "id": attack.id,
        "domain": attack.domain,
        "technique": attack.technique,
        "goal": attack.order.name,
        "corpus_id": attack.corpus_id,
        "met": pair.one.met,
        "without_gate": None if pair.without is None else pair.without.reached,
        "gated": None if pair.gated is None else pair.gated.reached,
        "way": pair.gated.way if pair.gated is not None else "",
        "calls": pair.gated.tally.made if pair.gated is not None else 0,
        "held": pair.gated.tally.held if pair.gated is not None else 0,
    }
