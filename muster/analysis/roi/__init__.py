"""Return and payback of a team: what is believed about it goes in, money month by month comes out, in draws.

`case` joins what the ledger knows (`evidence`) with what people assume; `returns` draws from it ten thousand
times and sums up. The arithmetic itself is in `cashflow`, on plain numpy arrays.
"""
