"""Whether what keeps the record append-only is in place: triggers, owner, rights."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from muster.ledger.sql import load

_REFUSAL_SHA256 = "03c1ec16944c4aaa842972b504f7c55201ec5defda8014ed22a0e883ccf982ed"
"""Of the text of `ledger.refuse_change`, as the migrations make it; a test holds it to them."""


async def missing_guards(connection: AsyncConnection[Any]) -> list[str]:
    """What should hold and does not, a sentence each; empty when every guard stands."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(load("muster.ledger", "guards"), {"refusal_sha256": _REFUSAL_SHA256})
        return [row["missing"] for row in await cursor.fetchall()]
