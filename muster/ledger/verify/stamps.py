"""Checks that RFC 3161 time stamps are over their seals; who made them is for openssl to check."""

from hashlib import sha256

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from rfc3161_client import decode_timestamp_response

from muster.ledger.sql import load
from muster.ledger.verify.verdict import Problem, Verdict


async def check_stamps(connection: AsyncConnection[DictRow], verdict: Verdict) -> None:
    """Check every stamp in the database."""
    async with connection.cursor("verify_stamps") as cursor:
        await cursor.execute(load("muster.ledger", "verify_stamps"))
        async for row in cursor:
            check_stamp(row["tree_size"], row["token"], row["checkpoint"], verdict)


def check_stamp(tree_size: int, token: bytes, checkpoint: str | None, verdict: Verdict) -> None:
    """Check one stamp against the checkpoint it should be over."""
    if checkpoint is None:
        fault = "there is no such seal"
    else:
        try:
            stamped = decode_timestamp_response(token).tst_info.message_imprint.message
        except ValueError as error:
            fault = f"it is not an RFC 3161 response ({error})"
        else:
            if stamped == sha256(checkpoint.encode()).digest():
                verdict.stamps += 1
                return
            fault = "it is over something else"
    sentence = f"the time stamp of the seal at {tree_size} leaves is wrong: {fault}"
    verdict.add(Problem("stamp_wrong", sentence, tree_size - 1))
