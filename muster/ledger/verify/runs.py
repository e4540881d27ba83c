"""Checks the chain of every run while events go by, and at the end that no run lost its last events."""

from typing import Literal

from muster.ledger.verify.align import Absent
from muster.ledger.verify.chains import Head, RunHeads, link
from muster.ledger.verify.verdict import Problem, Verdict

RunFault = Literal["body_edited", "chain_broken"]


class RunChains:
    """The chains of all runs of one record."""

    def __init__(self, verdict: Verdict, absent: Absent) -> None:
        self.heads = RunHeads()
        self._verdict = verdict
        self._absent = absent

    def follow(
        self, run: str, place: int | None, body_sha256: bytes, chain: bytes | None, seq: int, event_id: str
    ) -> None:
        """Check that an event continues its run."""
        if place is None or chain is None:
            self._complain(
                "chain_broken", f"it belongs to {run} and has no place in its chain", seq, event_id
            )
            return
        key = run.encode()
        head = self.heads.get(key)
        before = head or Head(0, b"", 0)
        if place == before.place + 1:
            if chain != link(before.chain_sha256, body_sha256):
                edited = f"it was edited after it was recorded: body and chain of {run} do not fit"
                self._complain("body_edited", edited, seq, event_id)
        elif place < before.place + 1 or not self._absent(before.seq, seq):
            due = f"it stands at place {place} of {run} where {before.place + 1} was due"
            self._complain("chain_broken", f"{due}: {_why(place, before)}", seq, event_id)
        self.heads.put(key, Head(place, chain, seq), new=head is None)

    def ends(self, run: str, place: int, chain: bytes) -> bool:
        """Check a run against its recorded end; whether any of its events was seen."""
        head = self.heads.get(run.encode())
        if head is None:
            if not self._absent(0, 1 << 62):
                sentence = f"{run}: none of its {place} recorded events is there"
                self._verdict.add(Problem("end_cut_off", sentence))
            return False
        if head.place < place:
            sentence = (
                f"{run}: ends at place {head.place} (event {head.seq}) where {place} events were recorded; "
                "its end was cut off"
            )
            self._verdict.add(Problem("end_cut_off", sentence, seq=head.seq))
        elif (head.place, head.chain_sha256) != (place, chain):
            sentence = (
                f"{run}: its head (place {place}) is not its last event ({head.seq}, place {head.place})"
            )
            self._verdict.add(Problem("chain_broken", sentence, seq=head.seq))
        return True

    def _complain(self, kind: RunFault, what: str, seq: int, event_id: str) -> None:
        self._verdict.add(Problem(kind, f"event {seq} ({event_id}): {what}", seq=seq, event_id=event_id))


def _why(place: int, before: Head) -> str:
    if place <= before.place:
        return "it was inserted or moved"
    if before.place == 0:
        return "the events before it are gone"
    return f"events between {before.seq} and it are gone"
