"""Heads of runs are kept in memory while they are few, and in a file when they are many."""

from muster.ledger.verify.chains import Head, RunHeads


def test_heads_that_no_longer_fit_into_memory_are_found_all_the_same() -> None:
    heads = RunHeads(in_memory=10)
    for place in (1, 2):
        for number in range(95):
            run = b"run_%d" % number
            known = heads.get(run)
            assert (known.place if known else 0) == place - 1
            heads.put(run, Head(place, b"chain %d" % number, number), new=known is None)
    assert heads.runs == 95
    assert heads.get(b"run_7") == Head(2, b"chain 7", 7)
    assert heads.get(b"run_unknown") is None
    heads.close()
