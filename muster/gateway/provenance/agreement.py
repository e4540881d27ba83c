"""Whether a row is about the call it would explain: no id of one with the account of another."""

from collections.abc import Iterable, Mapping

from muster.gateway.provenance.call import Call, Leaf
from muster.gateway.provenance.explained import Explained
from muster.gateway.provenance.policy import Rule
from muster.gateway.provenance.rows import Row


def agrees(row: Row, leaf: Leaf | None, call: Call) -> bool:
    """Whether `row` contradicts nothing the call says about whom or what it is.

    The kinds that identify the row must have the call's values where the call has such values. A row is
    asked about its own name (the first of those kinds) without regard to the others, which may be changing.
    """
    own = row.identified_by[0] if row.identified_by else None
    if leaf is None or leaf.kind != own:
        for kind in row.identified_by:
            if kind in row.fields and _differs(row, kind, call.controlling):
                return False
    if leaf is not None and leaf.argument in call.roles.payee:
        payees = call.payee_leaves
        return not any(
            kind in row.fields and _differs(row, kind, payees) for kind in {p.kind for p in payees}
        )
    return True


def of_one_row(call: Call, found: Mapping[Leaf, Explained]) -> dict[Leaf, str]:
    """Payee values that rows explain, but no one row together, each with what is wrong."""
    by_rows = [leaf for leaf in call.payee_leaves if leaf in found and found[leaf].rows]
    single = [leaf for leaf in by_rows if _count(call, leaf.argument) == 1]
    if len(single) < 2:
        return {}
    common = set(found[single[0]].rows).intersection(*(found[leaf].rows for leaf in single[1:]))
    if common:
        return {}
    names = " and ".join(leaf.argument for leaf in single)
    return dict.fromkeys(single, f"{names} are not of one record")


def disagreements(call: Call, found: Mapping[Leaf, Explained], rules: Iterable[Rule]) -> dict[Leaf, str]:
    """Values a rule explained whose rows do not agree where it says they must, each with what is wrong."""
    wrong: dict[Leaf, str] = {}
    for rule in rules:
        used = any(each.origin == rule.origin for each in found.values())
        if not rule.agree or not used:
            continue
        leaves = [leaf for leaf in found if rule.explains(call.tool, leaf.argument) and found[leaf].rows]
        for kind in rule.agree:
            shared = [
                {_unsigned(key) for row in found[leaf].rows for key in row.keys(kind)} for leaf in leaves
            ]
            if not shared or not set.intersection(*shared):
                problem = f"{' and '.join(leaf.argument for leaf in leaves)} do not have the same {kind}"
                wrong |= dict.fromkeys(leaves or found, problem)
    return wrong


def _unsigned(key: str) -> str:
    """Money out and money due are one sum, though a bank books the one below zero."""
    return f"#{key[2:]}" if key.startswith("#-") else key


def _differs(row: Row, kind: str, leaves: list[Leaf]) -> bool:
    said = {key for leaf in leaves if leaf.kind == kind for key in leaf.spelling.asked}
    return bool(said) and said.isdisjoint(row.keys(kind))


def _count(call: Call, argument: str) -> int:
    return sum(1 for leaf in call.leaves if leaf.argument == argument)
