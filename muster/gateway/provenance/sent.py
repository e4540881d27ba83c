"""What the run has sent to each system without anybody vouching for it: reading it back proves nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from muster.gateway.provenance.call import DEFAULT, Call, Leaf, free_texts
from muster.gateway.provenance.explained import Explained
from muster.gateway.provenance.links import leads_in
from muster.gateway.provenance.passage import Passage
from muster.gateway.provenance.spelling import Spelling, code_of, spelt

_SHORTEST = 4
_SHORTEST_CODE = 5
_LONGEST_KEPT = 200
_MOST_LEADS = 50


@dataclass(slots=True)
class _Sent:
    """What one server was sent, call by call."""

    keys: dict[str, int] = field(default_factory=dict)
    """The first call that sent each value."""
    passages: list[tuple[int, Passage]] = field(default_factory=list)
    words: str = ""
    codes: str = ""
    """All of it in one, to see at once that a value is not there."""


class SentValues:
    """Values sent, by server and by the number of the call that sent them."""

    def __init__(self, distrusted: Mapping[str, set[str]]) -> None:
        """Args:
        distrusted: by server, marks of values agents wrote into it, in this run or an earlier one.
        """
        self._sent: dict[str, _Sent] = defaultdict(_Sent)
        self._distrusted = distrusted
        self._seen: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def add(self, server: str, at: int, spellings: Iterable[Spelling]) -> None:
        """Call number `at` sent these."""
        sent = self._sent[server]
        for spelling in spellings:
            for key in spelling.told:
                sent.keys.setdefault(key, at)
            if spelling.number is None and spelling.day is None:
                passage = Passage(spelling.text)
                sent.passages.append((at, passage))
                sent.words += f"\n{passage.text}"
                sent.codes += f"\n{passage.code_text}"

    def believe(self, server: str, kind: str, spelling: Spelling) -> None:
        """The system vouched for this before anything of ours could have put it there."""
        self._seen[server].update((kind, key) for key in spelling.asked)

    def doubts(self, server: str, kind: str, spelling: Spelling, at: int) -> bool:
        """Whether a value the system gave in call number `at` may only be what agents wrote into it."""
        if spelling.mark in self._distrusted.get(server, ()):
            return True
        sent = self._sent.get(server)
        if sent is None or any((kind, key) in self._seen[server] for key in spelling.asked):
            return False
        if any(sent.keys.get(key, at + 1) <= at for key in spelling.asked):
            return True
        if spelling.number is not None or spelling.day is not None or len(spelling.text) < _SHORTEST:
            return False
        code = code_of(spelling.text, _SHORTEST_CODE)
        perhaps = spelling.text in sent.words or (code is not None and code in sent.codes)
        return any(
            (perhaps and passage.holds(spelling.text)) or _is_piece(passage.text, spelling.text)
            for sent_at, passage in sent.passages
            if sent_at <= at
        )


def _is_piece(sent: str, value: str) -> bool:
    """Whether a system could have built the value from what it was sent."""
    return _SHORTEST <= len(sent) < len(value) and sent in value


def unsure(
    call: Call, found: Mapping[Leaf, Explained], vouched: Callable[[Spelling], bool]
) -> list[Spelling]:
    """The values a call sends that nobody vouches for: unexplained, free, or let through by a rule.

    A choice from a closed list is not among them, since nobody's words fit into it.
    """
    values: list[Spelling] = []
    for leaf in call.leaves:
        explained = found.get(leaf)
        if explained is not None and explained.vouched:
            continue
        closed = call.roles.decided.get(leaf.argument, "any") != "any"
        if leaf.part == DEFAULT or (leaf.part is not None and (closed or vouched(leaf.spelling))):
            continue
        values.append(leaf.spelling)
    return values


def unvouched(
    call: Call, found: Mapping[Leaf, Explained], vouched: Callable[[Spelling], bool]
) -> frozenset[str]:
    """Marks of the values a write would leave in its system that nobody vouches for.

    Those of 4 to 200 characters; of longer free text the links, addresses and accounts in it.
    """
    marks = {
        spelling.mark
        for spelling in unsure(call, found, vouched)
        if _SHORTEST <= len(spelling.text) <= _LONGEST_KEPT and spelling.number is None
    }
    leads = [spelt(lead) for text in free_texts(call) for lead in leads_in(text)[:_MOST_LEADS]]
    return frozenset(marks).union(lead.mark for lead in leads if not vouched(lead))
