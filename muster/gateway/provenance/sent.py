"""What the run has sent to each system without anybody vouching for it: reading it back proves nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from muster.gateway.provenance.call import DECIDED, DEFAULT, FREE_TEXT, Call, Leaf
from muster.gateway.provenance.explained import Explained
from muster.gateway.provenance.links import leads_in
from muster.gateway.provenance.marks import mark_in, names_of
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
    free_keys: dict[str, int] = field(default_factory=dict)
    """The same of values that were a free text each."""
    passages: list[tuple[int, Passage, bool]] = field(default_factory=list)
    """With the call that sent it, and whether it was a free text."""
    own: set[str] = field(default_factory=set)
    """Texts somebody vouched for when they were sent."""
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
        self._said: dict[str, set[str]] = defaultdict(set)

    def add(self, server: str, at: int, leaves: Iterable[Leaf], own: Iterable[Leaf]) -> None:
        """Call number `at` sent these: values nobody vouches for, and `own` ones that somebody does."""
        sent = self._sent[server]
        sent.own.update(leaf.spelling.text for leaf in own)
        for leaf in leaves:
            spelling, free = leaf.spelling, leaf.part == FREE_TEXT
            for key in spelling.told:
                (sent.free_keys if free else sent.keys).setdefault(key, at)
            if spelling.number is None and spelling.day is None:
                passage = Passage(spelling.text)
                sent.passages.append((at, passage, free))
                sent.words += f"\n{passage.text}"
                sent.codes += f"\n{passage.code_text}"

    def believe(self, server: str, kind: str, spelling: Spelling) -> None:
        """The system vouched for this before anything of ours could have put it there."""
        self._seen[server].update((kind, key) for key in spelling.asked)
        self._said[server].update(spelling.asked)

    def said(self, server: str, spelling: Spelling) -> bool:
        """Whether the system vouched for the value, as whatever it may be, before the run sent it."""
        return not self._said[server].isdisjoint(spelling.asked)

    def doubts(self, server: str, kind: str, spelling: Spelling, at: int, names: Iterable[str] = ()) -> bool:
        """Whether a value the system gave in call number `at` may only be what agents wrote into it.

        Args:
            names: of the field it stands in; free text of earlier runs is doubted only in such fields.
        """
        distrusted = self._distrusted.get(server)
        if distrusted and (
            spelling.mark in distrusted or any(mark_in(name, spelling) in distrusted for name in names)
        ):
            return True
        sent = self._sent.get(server)
        if sent is None or any((kind, key) in self._seen[server] for key in spelling.asked):
            return False
        if any(sent.keys.get(key, at + 1) <= at for key in spelling.asked):
            return True
        words = spelling.number is None and spelling.day is None
        # a word of the company's own, such as a segment, may be repeated in the reasons
        own = words and spelling.text in sent.own
        if not own and any(sent.free_keys.get(key, at + 1) <= at for key in spelling.asked):
            return True
        if not words or len(spelling.text) < _SHORTEST:
            return False
        code = code_of(spelling.text, _SHORTEST_CODE)
        perhaps = spelling.text in sent.words or (code is not None and code in sent.codes)
        return any(
            (perhaps and passage.holds(spelling.text)) or _is_piece(passage.text, spelling.text)
            for sent_at, passage, free in sent.passages
            if sent_at <= at and not (own and free)
        )


def _is_piece(sent: str, value: str) -> bool:
    """Whether a system could have built the value from what it was sent."""
    return _SHORTEST <= len(sent) < len(value) and sent in value


def unsure(call: Call, found: Mapping[Leaf, Explained], vouched: Callable[[Spelling], bool]) -> list[Leaf]:
    """The values a call sends that nobody vouches for: unexplained, free, or let through by a rule.

    A choice from a closed list is not among them, since nobody's words fit into it.
    """
    values: list[Leaf] = []
    for leaf in call.leaves:
        if leaf.part == DEFAULT or _is_own(leaf, call, found):
            continue
        if leaf.part is None or not vouched(leaf.spelling):
            values.append(leaf)
    return values


def own_words(call: Call, found: Mapping[Leaf, Explained]) -> list[Leaf]:
    """The values a call sends that somebody vouches for, or that are chosen from a closed list."""
    return [leaf for leaf in call.leaves if _is_own(leaf, call, found)]


def unvouched(
    call: Call,
    found: Mapping[Leaf, Explained],
    vouched: Callable[[Spelling], bool],
    said: Callable[[str, Spelling], bool],
) -> frozenset[str]:
    """Marks of the values a write would leave in its system that nobody vouches for.

    Those of 4 to 200 characters, and the links, addresses and accounts in free text. Free text counts only
    for fields named like its argument, and not where the system said the same before: otherwise a stranger's
    letter could have any value distrusted for everybody.
    """
    marks: set[str] = set()
    for leaf in unsure(call, found, vouched):
        spelling = leaf.spelling
        kept = _SHORTEST <= len(spelling.text) <= _LONGEST_KEPT and spelling.number is None
        if leaf.part != FREE_TEXT:
            marks.update({spelling.mark} if kept else ())
            continue
        leads = [spelt(lead) for lead in leads_in(str(leaf.value))[:_MOST_LEADS]]
        told = [spelling, *leads] if kept else leads
        news = [each for each in told if not vouched(each) and not said(call.server, each)]
        names = names_of(leaf.argument) | names_of(leaf.kind)
        marks.update(mark_in(name, each) for each in news for name in names)
    return frozenset(marks)


def _is_own(leaf: Leaf, call: Call, found: Mapping[Leaf, Explained]) -> bool:
    explained = found.get(leaf)
    if explained is not None:
        return explained.vouched
    return leaf.part == DECIDED and call.roles.decided.get(leaf.argument, "any") != "any"
