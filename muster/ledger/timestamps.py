"""Time stamps of checkpoints by an authority of others (RFC 3161): the record stood so by then.

A stamp is over the signed note as it stands in `ledger.seals`, and is kept as the authority gave it, so that
`openssl ts -verify -data checkpoint -in stamp.tsr -CAfile authority.pem` checks it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
from cryptography.x509 import Certificate
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from muster.core.errors import PlatformError
from muster.ledger.postgres import PostgresLedger
from muster.ledger.sql import load

_TO_STAMP = load("muster.ledger", "seals_to_stamp")
_INSERT = load("muster.ledger", "insert_timestamp")
_TIMEOUT_SECONDS = 10.0
_MOST_BYTES = 64 * 1024
"""Of an answer; with its certificates one has some 6,000."""


class TimestampError(PlatformError):
    """The authority gave no stamp, or one that is not over the checkpoint."""


class _UnreadableError(TimestampError):
    """The answer is not a TimeStampResp in DER."""


@dataclass(frozen=True)
class Stamping:
    """What came of asking the authority."""

    stamped: list[int]
    """Tree sizes of the seals that were stamped."""
    failure: TimestampError | None
    """Why it ended early; what is missing is asked for again next time."""


async def stamp_seals(ledger: PostgresLedger, authority: str, *, most: int = 20) -> Stamping:
    """Have the newest seal stamped, and up to `most` that could not be stamped before, the newest first.

    A dead authority does no harm: it is asked once, and the seals stay without stamp until it answers again.

    Raises:
        LedgerUnavailableError: the database is away.
    """
    seals = await ledger.fetch(_TO_STAMP, {"most": most})
    stamped: list[int] = []
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client:
        for seal in seals:
            try:
                token = await ask(client, authority, seal["checkpoint"].encode())
            except TimestampError as error:
                return Stamping(stamped, error)
            row = {
                "tree_size": seal["tree_size"],
                "authority": authority,
                "token": token,
                "stamped_at": ledger.clock.now(),
            }
            async with ledger.transaction() as transaction:
                await transaction.connection.execute(_INSERT, row)
            stamped.append(seal["tree_size"])
    return Stamping(stamped, None)


async def ask(client: httpx.AsyncClient, authority: str, data: bytes) -> bytes:
    """The authority's stamp over `data`, as it sent it: a TimeStampResp in DER.

    Raises:
        TimestampError: it did not answer, refused, or stamped something else.
    """
    try:
        return await _ask(client, authority, data, with_certificates=True)
    except _UnreadableError:
        # some authorities send their chain in no order, which is not DER; without it their stamp is
        return await _ask(client, authority, data, with_certificates=False)


async def _ask(client: httpx.AsyncClient, authority: str, data: bytes, *, with_certificates: bool) -> bytes:
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.cert_request(cert_request=with_certificates).build()
    try:
        answer = await client.post(
            authority,
            content=request.as_bytes(),
            headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
        )
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TimestampError(
            f"the time stamping authority does not answer: {error or type(error).__name__}",
            where=authority,
            do="nothing, if it comes back: the stamp is made up later; else correct MUSTER_TIMESTAMP_URL",
        ) from error
    if len(answer.content) > _MOST_BYTES:
        raise _wrong(authority, f"{len(answer.content)} bytes, too many for a stamp")
    _same(_decoded(answer.content, authority), request, authority)
    return answer.content


def stamped_at(
    token: bytes, data: bytes, roots: Sequence[Certificate], signer: Certificate | None = None
) -> datetime:
    """The time at which an authority under one of `roots` saw `data`.

    Args:
        signer: the authority's own certificate, when it is not in the stamp.

    Raises:
        TimestampError: the stamp does not hold, or is not over `data`.
    """
    response = _decoded(token, "stamp")
    builder = VerifierBuilder() if signer is None else VerifierBuilder().tsa_certificate(signer)
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify_message(response, data)
    except (VerificationError, ValueError) as error:
        raise TimestampError(f"the stamp does not hold: {error}") from error
    return response.tst_info.gen_time


def _decoded(answer: bytes, authority: str) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(answer)
        if response.status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
            reason = "; ".join(response.status_string) or f"status {response.status}"
            raise _wrong(authority, f"a refusal: {reason}")
    except ValueError as error:
        raise _UnreadableError(
            f"the time stamping authority gave no RFC 3161 answer: {error}",
            where=authority,
            do="correct MUSTER_TIMESTAMP_URL",
        ) from error
    return response


def _same(response: TimeStampResponse, request: TimeStampRequest, authority: str) -> None:
    """Returns when the stamp is the answer to this request."""
    try:
        told = response.tst_info
    except ValueError as error:
        raise _wrong(authority, f"no stamp: {error}") from error
    if told.message_imprint.message != request.message_imprint.message or told.nonce != request.nonce:
        raise _wrong(authority, "a stamp of something else")


def _wrong(authority: str, what: str) -> TimestampError:
    return TimestampError(
        f"the time stamping authority gave {what}", where=authority, do="correct MUSTER_TIMESTAMP_URL"
    )
