"""What free text that leaves the company could carry out, or lead its reader to."""

from collections.abc import Callable

from muster.gateway.provenance.call import Call, free_texts
from muster.gateway.provenance.chosen import ChosenRows
from muster.gateway.provenance.deduction import Deduction, SeenCall
from muster.gateway.provenance.hints import shown
from muster.gateway.provenance.links import leads_in
from muster.gateway.provenance.rows import MOST_ROWS, Row
from muster.gateway.provenance.spelling import Spelling, spelt
from muster.gateway.provenance.task import TaskWords


def disclosed(call: Call, known: Deduction) -> tuple[str, ...]:
    """Sentences on what speaks against letting the call's free text out of the company; none without one."""
    if not free_texts(call):
        return ()
    tools = dict.fromkeys(seen.made.tool for seen in known.seen if _tells_of_strangers(seen, known.rows))
    strangers = [
        f"the run has read records with {tool} that the task did not choose, and text leaves the company"
        for tool in tools
    ]
    return (*strangers, *_stray_leads(call, known.words, known.explainer.vouched_anywhere))


def _tells_of_strangers(seen: SeenCall, chosen: ChosenRows) -> bool:
    """Whether the answer holds confidential records that nothing chose."""
    returns = seen.roles.returns
    if not returns.confidential or seen.made.explained:
        return False
    if len(seen.rows) >= MOST_ROWS:
        return True
    says_whose = any(kind in returns.identified_by for kind in returns.trusted.values())
    if says_whose and isinstance(seen.data, dict | list):
        return any(row.of_somebody and not _covered(row, chosen) for row in seen.rows)
    return not seen.explained


def _covered(row: Row | None, chosen: ChosenRows) -> bool:
    """Whether the row is chosen or part of a chosen one."""
    while row is not None:
        if chosen.is_chosen(row):
            return True
        row = row.parent
    return False


def _stray_leads(call: Call, words: TaskWords, vouched: Callable[[Spelling], bool]) -> list[str]:
    """Sentences on links, addresses and accounts in free text that nobody vouches for."""
    to_sender = _goes_to_sender(call, words)
    leads = dict.fromkeys(lead for text in free_texts(call) for lead in leads_in(text))
    return [
        f"{shown(lead)} in the free text is vouched for by nobody"
        for lead in leads
        if not vouched(spelt(lead)) and not (to_sender and words.content.holds(lead))
    ]


def _goes_to_sender(call: Call, words: TaskWords) -> bool:
    sender = words.sender
    recipients = [leaf for leaf in call.leaves if leaf.argument in call.roles.recipient]
    if sender is None or not recipients:
        return False
    return all(not set(leaf.spelling.asked).isdisjoint(sender.told) for leaf in recipients)
